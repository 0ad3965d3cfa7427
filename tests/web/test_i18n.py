import pytest
from flask import render_template_string

from store.core.i18n import use_locale


@pytest.fixture
def render(probe_app):
    def show(source, **context):
        with probe_app.test_request_context("/"):
            return render_template_string(source, **context)

    return show


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('{{ _("Plain words") }}', "Plain words"),
        ('{{ _("Tom & <b>Jerry</b>") }}', "Tom & <b>Jerry</b>"),
        ('{{ _("Hello %(name)s", name=evil) }}', "Hello &lt;i&gt;"),
        ('{{ _("100%% wool") }}', "100% wool"),
        ('{{ _("%(share)s%% off", share=20) }}', "20% off"),
        ("{% trans %}Plain words{% endtrans %}", "Plain words"),
        ("{% trans name=evil %}Hello {{ name }}{% endtrans %}", "Hello &lt;i&gt;"),
        ("{% trans %}100% wool{% endtrans %}", "100% wool"),
        ("{% trans n=1 %}one thing{% pluralize %}{{ n }} things{% endtrans %}", "one thing"),
        ("{% trans n=3 %}one thing{% pluralize %}{{ n }} things{% endtrans %}", "3 things"),
        ('{{ ngettext("%(num)s of %(all)s", "%(num)s of %(all)s", 2, all=5) }}', "2 of 5"),
    ],
)
def test_a_message_is_shown_with_its_values_escaped(render, source, shown):
    assert render(source, evil="<i>") == shown


def test_every_message_of_a_template_goes_through_the_catalogue(render):
    with use_locale("en-XA"):
        shown = render('{{ _("Words") }} {% trans n=2 %}one{% pluralize %}{{ n }} many{% endtrans %}')
    assert shown.count("⟦") == 2


def test_a_message_used_in_a_filter_stays_safe(render):
    assert render('{{ _("Size: %(size)s", size=evil) ~ evil }}', evil="<i>") == "Size: &lt;i&gt;&lt;i&gt;"
