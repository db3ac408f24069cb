"""Finds `#include`, `#resource` and `#import` in the bytes of a source.

A path is changed where it stands: the bytes around it, the encoding, line ends and
whatever is damaged stay as they are. So the bytes are looked at one character at a
time, without decoding: ASCII as it is in every 8-bit page and in UTF-8, or with a
zero byte beside it, as in UTF-16.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.classification.decoding import decode

_QUICK = (b"#include", b"#import", b"#resource")
_WIDE = {
    codec: tuple(word.decode().encode(codec) for word in _QUICK)
    for codec in ("utf-16-le", "utf-16-be")
}
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")

_LINE = re.compile(
    r"""
    //[^\n]*
    | /\*.*?(?:\*/|\Z)
    | ^[\ \t]*\#[\ \t]*(?P<directive>include|import|resource)[\ \t]*
        (?:"(?P<quoted>[^"\r\n]{1,1024})"|<(?P<angled>[^>\r\n]{1,1024})>)
    | "(?:\\.|[^"\\\r\n])*"
    | '(?:\\.|[^'\\\r\n])*'
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Directive(NamedTuple):
    """A line that names another file."""

    word: str
    """`include`, `import` or `resource`."""

    text: str
    """What it names, as written."""

    angled: bool
    """`<…>`: looked for in the terminal's include folder; else beside the source."""

    line: int
    """From 1."""

    start: int
    """Offset of the text's first byte."""

    old: bytes
    """The text's bytes."""

    width: int
    """Bytes of a character: 1, or 2 in UTF-16."""

    big_endian: bool = False

    def encode(self, text: str) -> bytes | None:
        """Return a text in the file's own encoding; None if it cannot be written."""
        if self.width == 2:
            return text.encode("utf-16-be" if self.big_endian else "utf-16-le")
        try:
            return text.encode("ascii")
        except UnicodeEncodeError:
            return _like(self.old, text)


def directives(data: bytes) -> list[Directive]:
    """Return the directives of a source, in their order; comments have none."""
    if not any(word in data for words in (_QUICK, *_WIDE.values()) for word in words):
        return []
    found: list[Directive] = []
    for view in _views(data):
        found += _found(data, view)
    return sorted(found, key=lambda each: each.start)


class _View(NamedTuple):
    """The bytes from `offset` on as characters of one width."""

    text: str
    offset: int
    width: int
    big_endian: bool


def _views(data: bytes) -> Iterator[_View]:
    yield _View(data.decode("latin-1"), offset=0, width=1, big_endian=False)
    codec = _wide_codec(data)
    places = {
        (codec, data.find(word) % 2) for word in _WIDE.get(codec, ()) if word in data
    }
    # Damage in front can have moved the characters to odd places.
    for codec, offset in sorted(places):
        end = offset + (len(data) - offset) // 2 * 2
        text = data[offset:end].decode(codec, "surrogatepass")
        # One character for each pair of bytes: places must be comparable.
        text = _TWO_UNITS.sub("\0\0", text)
        yield _View(text, offset, width=2, big_endian=codec == "utf-16-be")


def _wide_codec(data: bytes) -> str:
    """Return the UTF-16 that a source is in; empty when it is none."""
    if not any(word in data for words in _WIDE.values() for word in words):
        return ""
    # Of plain ASCII both orders look alike: only the whole file tells.
    encoding = decode(data).encoding
    return encoding if encoding in _WIDE else "utf-16-le"


def _found(data: bytes, view: _View) -> Iterator[Directive]:
    for match in _LINE.finditer(view.text):
        word = match["directive"]
        if word is None:
            continue
        angled = match["quoted"] is None
        start, end = match.span("angled" if angled else "quoted")
        first = view.offset + start * view.width
        old = data[first : view.offset + end * view.width]
        text = _text(old, view)
        if text is not None:
            line = view.text.count("\n", 0, match.start("directive")) + 1
            yield Directive(
                word, text, angled, line, first, old, view.width, view.big_endian
            )


def _text(old: bytes, view: _View) -> str | None:
    if view.width == 2:
        return old.decode("utf-16-be" if view.big_endian else "utf-16-le", "replace")
    if b"\0" in old:
        return None  # It belongs to a wide part.
    for codec in ("utf-8", "cp1252", "latin-1"):
        try:
            return old.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _like(old: bytes, text: str) -> bytes | None:
    """Encode as the bytes that stand there are encoded."""
    codecs = ("utf-8",) if not old.isascii() and _is_utf8(old) else ("cp1252",)
    for codec in codecs:
        try:
            return text.encode(codec)
        except UnicodeEncodeError:
            return None
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
