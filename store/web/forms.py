"""Forms that take text as browsers send it and nothing stranger; each complaint stands at its field."""

import re
import unicodedata
from typing import Any, ClassVar, Self

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms import IntegerField as _IntegerField
from wtforms import StringField as _StringField
from wtforms import TextAreaField as _TextAreaField
from wtforms.validators import ValidationError

from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.web.i18n import FormTranslations

_INTEGER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_translations = FormTranslations()


class Form(FlaskForm):
    """A form of the shop. It checks no token itself: `store.web.csrf` does so for the whole route."""

    class Meta(FlaskForm.Meta):
        """Our messages, and no token field: a cached page may hold this form."""

        csrf = False

        def get_translations(self, form: Any) -> FormTranslations:  # noqa: ARG002 - WTForms' signature
            """Return the shop's own catalogue."""
            return _translations

    @classmethod
    def from_request(cls, **defaults: Any) -> Self:
        """Return the form as sent: the body of a POST, the query of a GET."""
        sent = request.form if request.method in ("POST", "PUT", "PATCH", "DELETE") else request.args
        return cls(formdata=sent, **defaults)

    def accept(self) -> Self:
        """Return the form itself when it is valid; raises `Invalid` with the first complaint and all of them in facts.

        For small forms whose page shows one message; bigger ones call `validate()` and render themselves again.
        """
        if self.validate():
            return self
        field, messages = next(iter(self.errors.items()))
        raise Invalid(str(messages[0]), field=field, errors=dict(self.errors))

    @property
    def first_error(self) -> str | None:
        """The id of the first field in error, where the focus goes."""
        return next((field.id for field in self if field.errors), None)


class IntegerField(_IntegerField):
    """A whole number in plain digits within `minimum` and `maximum`: no `1e3`, no spaces, no other scripts' digits."""

    def __init__(self, label: Any = None, *args: Any, minimum: int = 0, maximum: int = 10**9, **kwargs: Any) -> None:
        super().__init__(label, *args, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises `ValueError`, which WTForms shows at the field."""
        if not valuelist or valuelist[0] == "":
            self.data = None
            return
        self.data = None
        if not _INTEGER.fullmatch(valuelist[0]):
            raise ValueError(_("Please enter a whole number."))
        number = int(valuelist[0])
        if number < self.minimum:
            raise ValueError(_("Please enter %(minimum)s or more.", minimum=self.minimum))
        if number > self.maximum:
            raise ValueError(_("Please enter %(maximum)s or less.", maximum=self.maximum))
        self.data = number

    def _value(self) -> str:
        # What was typed comes back as it was, cut to a length that can't blow up the page.
        if self.raw_data:
            return str(self.raw_data[0])[:20]
        return "" if self.data is None else str(self.data)


class StringField(_StringField):
    """One line of text of at most `longest` characters, trimmed; control characters are refused."""

    allowed_controls: ClassVar[str] = ""

    def __init__(self, label: Any = None, *args: Any, longest: int = 255, **kwargs: Any) -> None:
        super().__init__(label, *args, **kwargs)
        self.longest = longest

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read and trim the text; raises `ValueError`, which WTForms shows at the field."""
        _read_text(self, valuelist, self.longest, self.allowed_controls)


class TextAreaField(_TextAreaField):
    """Several lines of text of at most `longest` characters."""

    allowed_controls: ClassVar[str] = "\n\r\t"

    def __init__(self, label: Any = None, *args: Any, longest: int = 5000, **kwargs: Any) -> None:
        super().__init__(label, *args, **kwargs)
        self.longest = longest

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read and trim the text; raises `ValueError`, which WTForms shows at the field."""
        _read_text(self, valuelist, self.longest, self.allowed_controls)


class Required:
    """Validates that something was entered; the field's own complaint about what was entered goes first."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:  # noqa: ARG002 - WTForms' signature
        """Raise `ValidationError` when the field is empty."""
        if (field.data is None or field.data == "") and not field.errors:
            raise ValidationError(_("Please fill this in."))


def _read_text(field: Any, valuelist: list[str], longest: int, allowed: str) -> None:
    if not valuelist:
        return
    text = unicodedata.normalize("NFC", valuelist[0]).strip()
    field.data = text[:longest]
    if len(text) > longest:
        raise ValueError(_("Please use at most %(longest)s characters.", longest=longest))
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in allowed for character in text):
        field.data = ""
        raise ValueError(_("This contains characters that can't be used."))
