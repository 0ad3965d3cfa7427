"""What a file is by its first bytes, whatever it is called."""

# Pictures that we read, by the name of their decoder.
_PICTURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_OTHERS = (
    (b"%PDF", "document"),
    (b"{\\rtf", "document"),
    (b"\xd0\xcf\x11\xe0", "document"),
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!", "program"),
    (b"<?php", "program"),
    (b"\x1a\x45\xdf\xa3", "film"),
    (b"II*\x00", "camera"),
    (b"MM\x00*", "camera"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

ENOUGH = 4096


def decoder_of(head: bytes) -> str | None:
    """Return the one decoder that may be let near a file that begins like this; `None` when there is none."""
    for mark, decoder in _PICTURES:
        if head.startswith(mark):
            return decoder
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and b"avif" in head[8:64:] and head[8:12] not in _HEIC[:6]:
        return "AVIF"
    return None


def webp_pixels(head: bytes) -> int:
    """Return how many pixels a WebP claims to have; 0 when its beginning does not say."""
    kind = head[12:16]
    if kind == b"VP8X":
        return (int.from_bytes(head[24:27], "little") + 1) * (int.from_bytes(head[27:30], "little") + 1)
    if kind == b"VP8L":
        both = int.from_bytes(head[21:25], "little")
        return ((both & 0x3FFF) + 1) * ((both >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        return (int.from_bytes(head[26:28], "little") & 0x3FFF) * (int.from_bytes(head[28:30], "little") & 0x3FFF)
    return 0


def reason_against(head: bytes) -> str:
    """Return why a file that no decoder takes is refused: a word of `store.media.reasons`."""
    for mark, reason in _OTHERS:
        if head.startswith(mark):
            return reason
    if head[4:8] == b"ftyp":
        return "camera" if head[8:12] in _HEIC else "film"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<"):
        return "drawing" if b"<svg" in text else "web_page"
    return "unknown"
