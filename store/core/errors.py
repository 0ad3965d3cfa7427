"""The failures a shopper or a member of staff can meet, by what they mean over HTTP."""

from typing import Any, ClassVar


class StoreError(Exception):
    """A failure with a sentence that is safe to show and the facts behind it."""

    status: ClassVar[int] = 500

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class Invalid(StoreError):
    """The input can't be used as it is; `facts["field"]` names where, when one field is to blame."""

    status = 422


class NotFound(StoreError):
    """Nothing is here, or nothing that this visitor may know of."""

    status = 404


class Forbidden(StoreError):
    """The visitor is known and may not do this."""

    status = 403


class Conflict(StoreError):
    """The world moved on: stock, price or state is not what the visitor saw."""

    status = 409


class Unavailable(StoreError):
    """Something we depend on does not answer; `permanent` says that trying again will not help."""

    status = 503

    def __init__(self, message: str, *, permanent: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.permanent = permanent
