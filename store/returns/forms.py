"""What shoppers and staff enter about things that come back."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import ValidationError

from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext as lazy
from store.returns.services import Arrived, Wanted
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{20,40}")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

# More than this of one line are never sent back in one go by hand.
_MOST = 999


class AskForm(Form):
    """A request as a whole; its lines are read by `read_wanted`."""

    kind = StringField(lazy("What would you like?"), longest=10)
    wish = StringField(lazy("What would you like?"), longest=12)
    message = TextAreaField(lazy("Anything we should know?"), longest=1000)
    request_id = HiddenField()
    seen = IntegerField(minimum=-(10**9))

    def validate_kind(self, field: Any) -> None:
        """Refuse what no page of ours offers."""
        if field.data not in ("return", "exchange", "claim"):
            raise ValidationError(_("Please choose what you would like."))

    def validate_request_id(self, field: Any) -> None:
        """Refuse a form without its own key."""
        if not _REQUEST_ID.fullmatch(field.data or ""):
            raise ValidationError(_("This form is not complete. Please open it again."))


class SentForm(Form):
    """The number under which a parcel on its way back can be followed."""

    tracking_number = StringField(lazy("Tracking number"), longest=100)


def read_wanted(sent: Mapping[str, str], line_ids: Sequence[int]) -> list[Wanted]:
    """Return what a form says about each line of an order; what is no number counts as none."""
    return [
        Wanted(
            line_id=line_id,
            quantity=min(_number(sent.get(f"quantity-{line_id}")), _MOST),
            reason=sent.get(f"reason-{line_id}", "")[:20] or "unsaid",
            new_variant_id=_number(sent.get(f"instead-{line_id}")) or None,
        )
        for line_id in line_ids
    ]


def _number(text: str | None) -> int:
    return int(text) if text and _NUMBER.fullmatch(text) else 0


class AnswerForm(Form):
    """A sentence to the customer."""

    answer = TextAreaField(lazy("Sentence for the customer"), longest=1000)
    sends_back = BooleanField(lazy("It has to come back first"))


class SettleForm(Form):
    """How a return ends. `request_id` makes it end once."""

    answer = TextAreaField(lazy("Sentence for the customer"), longest=1000)
    delivery = BooleanField(lazy("Pay back the delivery too"))
    resolution = SelectField(lazy("What happens"), validate_choice=False)
    request_id = HiddenField()


class RulesForm(Form):
    """What the shop takes back."""

    days = IntegerField(lazy("Days to change one’s mind"), [Required()], minimum=0, maximum=3650)
    send_days = IntegerField(lazy("Days to send it after asking"), [Required()], minimum=1, maximum=365)
    claim_days = IntegerField(lazy("Days to tell us that something is wrong"), [Required()], minimum=0, maximum=3650)
    takes_made_to_order = BooleanField(lazy("Take back what was printed or made to order"))
    approves_at_once = BooleanField(lazy("Approve at once what keeps to these rules"))
    pays_the_way_back = BooleanField(lazy("The shop pays for the way back"))
    address = TextAreaField(lazy("Address for returns"), longest=500)
    instructions = TextAreaField(lazy("What customers should do"), longest=2000)
    exclusions = TextAreaField(lazy("Not taken back"), longest=5000)


def read_arrived(sent: Mapping[str, str], line_ids: Sequence[int]) -> list[Arrived]:
    """Return what staff counted of each line of a return."""
    return [
        Arrived(
            line_id,
            received=_number(sent.get(f"received-{line_id}")),
            sellable=_number(sent.get(f"sellable-{line_id}")),
        )
        for line_id in line_ids
    ]


def read_exclusions(text: str) -> dict[str, str]:
    """Return sentences by tag from lines like `hygiene: Opened underwear can’t be sold again.`"""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {
        tag.strip()[:100]: reason.strip() or _("This can’t be given back.")
        for tag, _colon, reason in pairs
        if tag.strip()
    }
