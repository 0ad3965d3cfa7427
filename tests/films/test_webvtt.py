"""Captions are read strictly, written anew, and their mistakes are told by line."""

import pytest

from store.core.errors import Invalid
from store.films import webvtt
from store.films.webvtt import Cue

GOOD = """WEBVTT - made by hand

NOTE a remark
over two lines

STYLE
::cue { background: url(https://elsewhere.example/seen) }

REGION
id:below

1
00:01.000 --> 00:02.500 align:start position:10% evil:1 region:below
<v Ana>The clay is <i>still</i> wet.</v>

00:00:03.000 --> 01:00:04.000
- Fish & chips &amp; 1 &lt; 2
<c.yellow>Two</c> lines

intro
00:05.000 --> 00:06.000
"""


def read(text: str) -> list[Cue]:
    return webvtt.parse(text.encode())


def test_captions_come_back_in_our_own_words():
    assert read(GOOD) == [
        Cue(1000, 2500, "<v Ana>The clay is <i>still</i> wet.</v>", " align:start position:10%"),
        Cue(3000, 3604000, "- Fish &amp; chips &amp; 1 &lt; 2\nTwo lines"),
    ]


def test_what_is_written_reads_the_same_again():
    written = webvtt.write(read(GOOD))
    assert written.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500 align:start position:10%\n")
    assert "elsewhere.example" not in written
    assert read(written) == read(GOOD)
    assert webvtt.write(read(written)) == written


def test_captions_are_written_in_the_order_in_which_they_are_said():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nlater\n\n00:01.000 --> 00:02.000\nearlier"
    written = webvtt.write(read(text))
    assert written.index("earlier") < written.index("later")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_they_do_anywhere(ending):
    assert len(webvtt.parse(b"\xef\xbb\xbf" + GOOD.replace("\n", ending).encode())) == 2


def test_a_time_without_an_empty_line_before_it_begins_a_caption():
    assert [cue.text for cue in read("WEBVTT\n\n00:01.000 --> 00:02.000\none\n00:02.000 --> 00:03.000\ntwo")] == [
        "one",
        "two",
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>hm", "hm"),
        ("<i>never closed", "<i>never closed</i>"),
        ("closed</b> alone", "closed alone"),
        ("<b><i>crossed</b></i>", "<b><i>crossed</i></b>"),
        ("<00:01.500>karaoke", "karaoke"),
        ("a < b", "a &lt; b"),
        ("<v>nobody", "nobody"),
        ("<lang fr>oui</lang>", "<lang fr>oui</lang>"),
        ("say \u202e\x07this", "say this"),
    ],
)
def test_only_what_means_something_in_captions_is_kept(said, kept):
    assert read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n")[0].text == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "begin with the line WEBVTT"),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nx", "begin with the line WEBVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx", "SRT"),
        ("WEBVTT\n\n", "nothing said"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "nothing said"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\nlost words", "Line 6: there is no time"),
        ("WEBVTT\n\n1\n00:01,000 --> 00:02,000\nx", "Line 4: this time can't be read"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\nx", "Line 3: this time can't be read"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "Line 3: this caption ends before it begins"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "x" * 2001, "Line 3: that is too much"),
    ],
)
def test_a_mistake_is_told_by_its_line(text, sentence):
    with pytest.raises(Invalid, match=sentence):
        read(text)


def test_what_is_no_text_or_too_long_is_refused():
    with pytest.raises(Invalid, match="UTF-8"):
        webvtt.parse("WEBVTT\n\n00:01.000 --> 00:02.000\nMöwe".encode("latin-1"))
    with pytest.raises(Invalid, match="larger than"):
        webvtt.parse(b"WEBVTT\n" + bytes(webvtt.MAX_BYTES))
    with pytest.raises(Invalid, match="too many"):
        read("WEBVTT\n\n" + "\n\n".join(["00:01.000 --> 00:02.000\nx"] * 20_001))


def test_a_caption_says_the_same_without_its_tags():
    assert webvtt.plain("<v Ana>Fish &amp; <i>chips</i></v>\nagain") == "Fish & chips again"
