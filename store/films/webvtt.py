"""Reads captions in WebVTT (https://www.w3.org/TR/webvtt1/) and writes them anew: what is said, and no more.

Styles, regions and notes are left out: a file of captions is text that a stranger wrote, and what browsers
get is ours. Errors name the line, because whoever hears of them has the file open in an editor.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape

from store.core.errors import Invalid
from store.core.i18n import gettext as _

MAX_BYTES = 1024 * 1024
_MOST_CUES = 20_000
_LONGEST_TEXT = 2000

_ARROW = "-->"
_TIME = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_SRT_TIME = re.compile(r"\d{2}:\d{2}:\d{2},\d{3}", re.ASCII)
_SETTING = re.compile(
    r"vertical:(?:rl|lr)|line:-?\d{1,3}(?:\.\d{1,3})?%?(?:,(?:start|center|end))?|"
    r"position:\d{1,3}(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?|"
    r"size:\d{1,3}(?:\.\d{1,3})?%|align:(?:start|center|end|left|right)",
    re.ASCII,
)
_TAG = re.compile(r"<(/?)([a-z]*)((?:\.[^\s.<>]+)*)(?:\s+([^<>]*))?>|<[^<>]*>")
_KEPT = ("b", "i", "u", "v", "lang", "ruby", "rt")
_WITH_NAME = ("v", "lang")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from one moment to another, in milliseconds; `text` has the tags of WebVTT and nothing else."""

    start: int
    stop: int
    text: str
    settings: str = ""


def parse(data: bytes) -> list[Cue]:
    """Return the cues of a file; raises `Invalid` naming the line that can't be read."""
    if len(data) > MAX_BYTES:
        raise _invalid(_("These captions are larger than %(limit)s MB.", limit=MAX_BYTES // 1024 // 1024))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(_("These captions are not saved as UTF-8.")) from error
    lines = re.split(r"\r\n|\r|\n", text.replace("\0", "\ufffd"))
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        if any(_SRT_TIME.match(line) for line in lines[:20]):
            raise _invalid(_("This is an SRT file. Save the captions as WebVTT (.vtt)."))
        raise _invalid(_("Captions begin with the line WEBVTT; these don't."))
    cues = list(_cues(lines))
    if not cues:
        raise _invalid(_("There is nothing said in these captions."))
    return cues


def write(cues: Sequence[Cue]) -> str:
    """Return the cues as a file, in the order of their beginning."""
    parts = ["WEBVTT"]
    for cue in sorted(cues, key=lambda one: (one.start, one.stop)):
        parts.append(f"{_clock(cue.start)} {_ARROW} {_clock(cue.stop)}{cue.settings}\n{cue.text}")
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Return what a cue says without its tags."""
    return " ".join(unescape(_TAG.sub("", text)).split())


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    count = number = 0
    for start, block in _blocks(lines):
        at = 0 if _ARROW in block[0] else 1
        if len(block) <= at or _ARROW not in block[at]:
            # Notes, styles and regions have no time; any other block without one is a mistake.
            if start and not re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)", block[0]):
                raise _invalid(_("Line %(line)s: there is no time here.", line=start + 1))
            continue
        number = start + at + 1
        begin, stop, settings = _timing(block[at], number)
        said = "\n".join(filter(None, map(_clean, block[at + 1 :])))
        if len(said) > _LONGEST_TEXT:
            raise _invalid(_("Line %(line)s: that is too much for one caption.", line=number))
        if not said:
            continue
        count += 1
        if count > _MOST_CUES:
            raise _invalid(_("Line %(line)s: these are too many captions for one film.", line=number))
        yield Cue(begin, stop, said, settings)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Return each run of lines that are not empty, with the place of its first; the header is the first of them."""
    block: list[str] = []
    for place, line in enumerate([*lines, ""]):
        if line.strip():
            # A time without an empty line before it begins a new cue all the same.
            if _ARROW in line and any(_ARROW in one for one in block):
                yield place - len(block), block
                block = []
            block.append(line)
        elif block:
            yield place - len(block), block
            block = []


def _timing(line: str, number: int) -> tuple[int, int, str]:
    first, _arrow, rest = line.partition(_ARROW)
    last, *settings = rest.split() or [""]
    begin, stop = _TIME.fullmatch(first.strip()), _TIME.fullmatch(last)
    if begin is None or stop is None:
        raise _invalid(_("Line %(line)s: this time can't be read: %(text)s", line=number, text=line.strip()[:60]))
    start_ms, stop_ms = _milliseconds(begin), _milliseconds(stop)
    if stop_ms <= start_ms:
        raise _invalid(_("Line %(line)s: this caption ends before it begins.", line=number))
    kept = [one for one in settings if _SETTING.fullmatch(one)]
    return start_ms, stop_ms, "".join(f" {one}" for one in kept)


def _milliseconds(match: re.Match[str]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def _clean(line: str) -> str:
    """Return a line of a cue with the tags that mean something; everything else is text."""
    parts: list[str] = []
    opened: list[str] = []
    at = 0
    for match in _TAG.finditer(line):
        parts.append(_text(line[at : match.start()]))
        at = match.end()
        name = match[2] or ""
        if name not in _KEPT:
            continue
        if match[1]:
            if name in opened:
                while opened:
                    last = opened.pop()
                    parts.append(f"</{last}>")
                    if last == name:
                        break
        elif name in _WITH_NAME:
            named = _text((match[4] or "").strip())
            if named:
                parts.append(f"<{name} {named}>")
                opened.append(name)
        else:
            parts.append(f"<{name}>")
            opened.append(name)
    parts.append(_text(line[at:]))
    parts += [f"</{name}>" for name in reversed(opened)]
    return "".join(parts).strip()


def _text(raw: str) -> str:
    text = "".join(one for one in unescape(raw) if one.isprintable() or one in "\u200e\u200f\u00ad")
    return escape(text, quote=False)


def _invalid(message: str) -> Invalid:
    return Invalid(message, field="captions")
