import pytest
from werkzeug.datastructures import MultiDict

from store.core.errors import Invalid
from store.core.i18n import use_locale
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField


class Order(Form):
    quantity = IntegerField("Quantity", [Required()], minimum=1, maximum=99)
    name = StringField("Name", longest=40)
    note = TextAreaField("Note", longest=200)


@pytest.fixture
def order(probe_app):
    def fill(**fields):
        with probe_app.test_request_context("/", method="POST"):
            form = Order(formdata=MultiDict(fields))
            form.validate()
            return form

    return fill


@pytest.mark.parametrize("typed", ["1", "99", "007", "42"])
def test_plain_digits_within_the_range_are_a_number(order, typed):
    assert order(quantity=typed).quantity.data == int(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0",
        "-1",
        "100",
        "1000000000",
        "99999999999999999999",
        "1e3",
        "1.5",
        "1,5",
        " 1",
        "1 ",
        "+1",
        "0x10",
        "1_000",
        "٣",
        "３",
        "²",
        "½",
        "one",
        "NaN",
        "inf",
        "1\0",
        "1\n",
        "--1",
        "<b>",
    ],
)
def test_anything_else_is_a_complaint_at_the_field_and_no_number(order, typed):
    form = order(quantity=typed)
    assert form.quantity.data is None or form.quantity.errors
    assert len(form.errors["quantity"]) == 1
    assert form.first_error == "quantity"


def test_what_was_typed_comes_back_cut_short(order):
    assert order(quantity="9" * 100000).quantity._value() == "9" * 20


def test_text_is_trimmed_and_composed(order):
    assert order(quantity="1", name="  Zoe\u0308 ").name.data == "Zoë"


@pytest.mark.parametrize(
    "name", ["a\0b", "a\nb", "a\r\nBcc: x@evil.example", "a\x1b[31m", "x" * 41, "x" * 1_000_000, "\ud800"]
)
def test_a_line_of_text_takes_no_control_characters_and_no_novels(order, name):
    form = order(quantity="1", name=name)
    assert "name" in form.errors
    assert len(form.name.data or "") <= 40


def test_several_lines_may_have_line_ends_but_no_nul(order):
    assert not order(quantity="1", note="one\r\ntwo\tthree").errors
    assert "note" in order(quantity="1", note="one\0").errors


def test_fields_that_are_not_in_the_form_are_ignored(order):
    form = order(quantity="1", price="0", is_admin="1")
    assert set(form.data) == {"quantity", "name", "note"}


def test_a_small_form_raises_its_first_complaint_with_the_field(order):
    with pytest.raises(Invalid) as refused:
        order(quantity="1e3").accept()
    assert refused.value.facts["field"] == "quantity"
    assert refused.value.status == 422


def test_complaints_speak_the_readers_language(probe_app):
    with probe_app.test_request_context("/", method="POST"), use_locale("en-XA"):
        form = Order(formdata=MultiDict({"quantity": "x", "name": "y" * 99}))
        form.validate()
    assert all(message[0].startswith("⟦") for message in form.errors.values())
