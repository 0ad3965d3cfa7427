"""Phone numbers, kept as E.164 (`+436601234567`) and shown as people read them."""

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse


def read_phone(text: str, country: str) -> str | None:
    """Return a number as it is kept, read as people of a country write it; `None` when it can't be dialled.

    Whether it has the right length is asked, not whether it is given out: lists of that grow old.
    """
    try:
        number = parse(text, country or None)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else None


def show_phone(text: str) -> str:
    """Return a number as it is read, `+43 660 1234567`; one that was kept in another form stays as it is."""
    try:
        return format_number(parse(text, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return text
