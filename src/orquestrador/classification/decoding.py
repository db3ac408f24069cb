"""Bytes to text: which encoding a source file is in, and what is no text at all.

Most files are ASCII, UTF-8 or UTF-16 and are recognised by a few C-speed checks;
only what is left is measured against the 8-bit and East Asian code pages.
"""

import re

from orquestrador.classification.codepages import guess_codepage
from orquestrador.messages import Message

MAGIC = (
    (b"PK\x03\x04", "archive (zip)"),
    (b"PK\x05\x06", "archive (zip)"),
    (b"Rar!\x1a\x07", "archive (rar)"),
    (b"7z\xbc\xaf\x27\x1c", "archive (7z)"),
    (b"\x1f\x8b", "archive (gzip)"),
    (b"BZh", "archive (bzip2)"),
    (b"\xfd7zXZ\x00", "archive (xz)"),
    (b"EX-", "compiled program (ex4)"),
    (b"EX4", "compiled program (ex4)"),
    (b"EX5", "compiled program (ex5)"),
    (b"MZ", "compiled program (exe)"),
    (b"\x7fELF", "compiled program (elf)"),
    (b"\x89PNG", "picture (png)"),
    (b"\xff\xd8\xff", "picture (jpeg)"),
    (b"GIF8", "picture (gif)"),
    (b"BM", "picture (bmp)"),
    (b"%PDF-", "document (pdf)"),
    (b"\xd0\xcf\x11\xe0", "document (office)"),
    (b"\x00\x05\x16\x07", "macOS file attributes"),
)
"""First bytes of what is saved under a source's name without being text."""

WEB_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# What a BOM becomes when UTF-16 is read as UTF-8 and written back.
DAMAGED_BOM = b"\xef\xbf\xbd\xef\xbf\xbd"
# Form feed and Ctrl-Z stand in old sources; other control bytes do not.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1a") | {127})
PRINTABLE = bytes(range(32, 127))
ASCII_RUN = re.compile(rb"([\t\n\r\x20-\x7e]{32,}(?!\x00))")


class Decoded(Message, tag=False):
    """A file's text and how it was read."""

    text: str
    """Valid Unicode: what cannot be read is U+FFFD. Empty when it is no text."""

    encoding: str | None
    """Python's name of the codec; None when the bytes are no text."""

    problem: str | None
    """What the file is instead of source, such as `archive (zip)`; else None."""


def decode(data: bytes) -> Decoded:
    """Return a file's text; never raises."""
    if not data:
        return Decoded(text="", encoding=None, problem="empty")
    text, encoding = _read(data)
    if encoding is None:
        return Decoded(text="", encoding=None, problem=text)
    if not text or text.isspace():
        return Decoded(text=text, encoding=encoding, problem="empty")
    web_page = WEB_PAGE.match(text, 0, 4096)
    problem = "web page" if web_page else None
    return Decoded(text=text, encoding=encoding, problem=problem)


def _read(data: bytes) -> tuple[str, str | None]:
    """Return text and codec, or what the file is and None."""
    for mark, codec in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _declared(data[len(mark) :], codec), codec
    if b"\x00" in data:
        return _with_nuls(data)
    if data.isascii():
        return data.decode("ascii"), "ascii"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _undeclared(data)


def _declared(data: bytes, codec: str) -> str:
    if codec == "utf-8-sig":
        return data.decode("utf-8", "replace")
    return _utf16(data, codec)


def _with_nuls(data: bytes) -> tuple[str, str | None]:
    """Read what holds NUL bytes: UTF-16 without a BOM, or no text."""
    kind = _magic(data)
    if kind:
        return kind, None
    data = data.removeprefix(DAMAGED_BOM)
    order = _byte_order(data)
    if order:
        return _utf16(data, order), order
    content = data.rstrip(b"\x00")
    if not content:
        return "empty (only NUL bytes)", None
    if b"\x00" not in content:
        return _read(content)
    return "binary", None


def _magic(data: bytes) -> str | None:
    return next((kind for magic, kind in MAGIC if data.startswith(magic)), None)


def _byte_order(data: bytes) -> str | None:
    """Return the UTF-16 in which ASCII text would have these NULs."""
    # ASCII of an odd length in front would make the one order look like the other.
    sample = ASCII_RUN.sub(b"", data[:65536])
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    enough = len(sample) // 10
    if second > enough and first * 8 < second:
        return "utf-16-le"
    if first > enough and second * 8 < first:
        return "utf-16-be"
    return None


def _utf16(data: bytes, codec: str) -> str:
    """Decode UTF-16, reading a part that turns into plain ASCII as ASCII."""
    if codec == "utf-16-be" or not _may_turn_ascii(data):
        return data[: len(data) // 2 * 2].decode(codec, "replace")
    parts = ASCII_RUN.split(data)
    # With its group, `split` puts the ASCII runs at the odd places.
    parts[0::2] = [part[: len(part) // 2 * 2] for part in parts[0::2]]
    return "".join(
        part.decode("ascii" if place % 2 else codec, "replace")
        for place, part in enumerate(parts)
    )


def _may_turn_ascii(data: bytes) -> bool:
    """Tell cheaply whether little-endian text may hold a run of ASCII."""
    high = data[1::2]
    return len(high) - len(high.translate(None, PRINTABLE)) >= 16


def _undeclared(data: bytes) -> tuple[str, str | None]:
    """Read text that says nothing about its encoding and is not valid UTF-8."""
    controls = len(data) - len(data.translate(None, CONTROLS))
    if controls * 50 > len(data):
        return _magic(data) or "binary", None
    codec = guess_codepage(data)
    return data.decode(codec, "replace"), codec
