"""What stylesheets may not do: leave their layer, name a colour, grow beyond what a first visit should load."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "static" / "css"
FILES = sorted(ROOT.rglob("*.css"))
PARTS = [file for file in FILES if file.name != "layers.css"]
PAGES = sorted((ROOT / "pages").glob("*.css"))
CORE = [file for file in FILES if file.parent.name != "pages"]

# Every page loads the core and at most one file of its own.
CORE_BUDGET = 12 * 1024
PAGE_BUDGET = 5 * 1024
MOST_LINES = 200

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

each_part = pytest.mark.parametrize("file", PARTS, ids=lambda file: file.relative_to(ROOT).as_posix())


def rules_of(file: Path) -> str:
    return _COMMENT.sub("", file.read_text())


def zipped(*files: Path) -> int:
    return len(gzip.compress(b"\n".join(file.read_bytes() for file in files), 9))


@each_part
def test_a_stylesheet_lives_in_a_layer_and_stays_short(file: Path) -> None:
    assert re.match(r"\s*@layer [a-z]+ \{", rules_of(file)), "it opens with its layer"
    assert rules_of(file).rstrip().endswith("}")
    assert len(file.read_text().splitlines()) <= MOST_LINES


@each_part
def test_a_stylesheet_says_what_it_is_for(file: Path) -> None:
    assert file.read_text().startswith("/* ")


@each_part
def test_only_tokens_name_colours(file: Path) -> None:
    if file.name == "tokens.css":
        return
    found = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])|\b(?:rgb|hsl|oklch)a?\(", rules_of(file))
    # Paper is white and ink is black.
    assert [colour for colour in found if colour not in ("#fff", "#000")] == []


@each_part
def test_nothing_is_selected_by_id_and_nothing_shouts(file: Path) -> None:
    rules = rules_of(file)
    assert "!important" not in rules
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@;]+)\{", rules)
    by_id = [one.strip() for one in selectors if re.search(r"(?:^|[\s,>+~(])#[a-z]", one) and ":target" not in one]
    assert by_id == []


def test_every_token_in_use_exists() -> None:
    text = "\n".join(rules_of(file) for file in FILES)
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", text))
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", text))
    assert used - defined == set()


def test_every_page_stays_within_its_budget() -> None:
    assert zipped(*CORE) <= CORE_BUDGET
    assert {file.name: zipped(file) for file in PAGES if zipped(file) > PAGE_BUDGET} == {}
