"""What templates may not contain: it would break under the content security policy, the cache or another language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
# Mail programs know no stylesheets and no policy.
PAGES = [template for template in TEMPLATES if template.relative_to(ROOT).parts[0] != "email"]
NAMES = [template.relative_to(ROOT).as_posix() for template in PAGES]

_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<([a-z][a-z0-9-]*)((?:\s+|\{%.*?%\}|\{\{.*?\}\}|[^<>\"'{]|\"[^\"]*\"|'[^']*'|\{)*)>", re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def text_of(template: Path) -> str:
    """The template without its comments, lines kept."""
    return _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), template.read_text())


def tags(template: Path) -> Iterator[tuple[str, str]]:
    """Each opening tag: its name and the text of its attributes."""
    for match in _TAG.finditer(text_of(template)):
        yield match.group(1), match.group(2)


def attribute(attributes: str, name: str) -> str | None:
    found = re.search(rf"""(?<![\w:-]){re.escape(name)}=(?:"([^"]*)"|'([^']*)')""", attributes)
    return None if found is None else found.group(1) or found.group(2) or ""


each_page = pytest.mark.parametrize("template", PAGES, ids=NAMES)


def test_there_are_templates_to_look_at():
    assert len(PAGES) > 20


@each_page
def test_nothing_is_inline_so_the_policy_can_forbid_it(template):
    text = text_of(template)
    assert not re.search(r"<style\b", text), "a <style> element"
    for name, attributes in tags(template):
        bare = _JINJA.sub("", attributes)
        assert not re.search(r"(?<![\w-])style\s*=", bare), f"a style attribute on <{name}>"
        assert not re.search(r"(?<![\w:-])on[a-z]+\s*=", bare), f"an event handler on <{name}>"
        if name == "script":
            kind = attribute(attributes, "type")
            assert attribute(attributes, "src") or kind in ("application/ld+json", "speculationrules"), (
                "an inline script"
            )


@each_page
def test_htmx_is_used_without_evaluating_anything(template):
    for name, attributes in tags(template):
        assert "hx-on" not in attributes, f"hx-on on <{name}>"
        for value in re.findall(r"""hx-[a-z:-]+=["']([^"']*)["']""", attributes):
            assert not re.match(r"\s*(js|javascript):", value), f"{value} on <{name}>"
        trigger = _JINJA.sub("", attribute(attributes, "hx-trigger") or "")
        assert "[" not in trigger, f"a trigger filter on <{name}>"


@each_page
def test_htmx_is_spoken_in_its_fourth_version(template):
    for name, attributes in tags(template):
        for old in (
            "hx-boost",
            "hx-ext",
            "hx-vars",
            "hx-params",
            "hx-disabled-elt",
            "hx-history",
            "hx-prompt",
            "hx-request",
        ):
            assert not re.search(rf"(?<![\w-]){old}(?=[=\s>]|$)", attributes), f"{old} on <{name}>"


@each_page
def test_every_htmx_request_is_also_a_plain_form_or_link(template):
    for name, attributes in tags(template):
        post = attribute(attributes, "hx-post")
        get = attribute(attributes, "hx-get")
        if post is not None:
            assert name in ("form", "button", "input"), f"hx-post on <{name}>"
            if name == "form":
                plain = {attribute(others, "formaction") for tag, others in tags(template) if tag == "button"}
                assert post in plain | {attribute(attributes, "action")}, f"hx-post={post} goes where no button leads"
                assert (attribute(attributes, "method") or "").lower() == "post"
        if get is not None and name in ("a", "form"):
            path = attribute(attributes, "href" if name == "a" else "action")
            assert path is not None, f"hx-get on <{name}> that leads nowhere without script"


@each_page
def test_every_answer_of_a_posted_form_that_is_an_error_has_a_place_to_go(template):
    for name, attributes in tags(template):
        if name == "form" and attribute(attributes, "hx-post") is not None:
            assert "hx-target" in attributes or "hx-swap" in attributes, "hx-post without hx-target"


@each_page
def test_nothing_is_fetched_from_elsewhere(template):
    for name, attributes in tags(template):
        if name in ("script", "img", "source", "iframe", "video", "audio", "use") or (
            name == "link" and "stylesheet" in attributes
        ):
            for where in ("src", "href", "srcset"):
                value = attribute(attributes, where) or ""
                assert not re.match(r"\s*(https?:)?//", value), f"{value} in <{name}>"


@each_page
def test_links_are_built_and_keep_their_market(template):
    if template.name == "bare.html":
        pytest.skip("it works while nothing else does")
    for name, attributes in tags(template):
        for where in ("href", "action", "hx-get", "hx-post", "formaction"):
            value = attribute(attributes, where) or ""
            assert not re.match(r"/(?!/)", value), f"{where}={value} on <{name}> is written by hand; use url_for"


@each_page
def test_an_id_is_given_once_in_a_template(template):
    # Branches of one `if` may both hold it.
    if "{% else" in text_of(template) or "{% elif" in text_of(template):
        pytest.skip("alternatives")
    fixed = [attributes for _, attributes in tags(template) if "{% if" not in attributes]
    found = [value for attributes in fixed if (value := attribute(attributes, "id")) and "{" not in value]
    assert len(found) == len(set(found)), sorted(value for value in found if found.count(value) > 1)


@each_page
def test_pictures_have_words(template):
    for name, attributes in tags(template):
        if name == "img":
            assert re.search(r"(?<![\w-])alt=", attributes), "an <img> without alt"


def test_fragments_say_what_they_expect():
    silent = [
        template.relative_to(ROOT).as_posix()
        for template in PAGES
        if template.name.startswith("_")
        and template.parent != ROOT / "_components"
        and not template.read_text().lstrip().startswith("{#")
    ]
    assert silent == []


def test_stored_html_is_cleaned_where_it_is_shown():
    assert [path.name for path in TEMPLATES if re.search(r"\|\s*safe\b", path.read_text())] == []
