"""What changed in a file's text, whatever encodings the two states are in.

A third of a trader's sources are UTF-16 or in an 8-bit code page: to Git they are
binary, or look changed as a whole. Here they are decoded as for classification.
"""

from typing import NamedTuple

from orquestrador.classification.decoding import decode
from orquestrador.messages.comparing import TextChange, TextNote
from orquestrador.snapshots.linediff import lines_of, unified

MAX_BYTES = 1_000_000
"""A larger file is told by its size."""

TOO_LARGE = TextChange(diff="", note="large", old_encoding=None, encoding=None)


class _Text(NamedTuple):
    text: str
    encoding: str | None
    is_binary: bool = False


def text_change(old: bytes | None, new: bytes | None) -> TextChange:
    """Return what became of a text; None stands for a file that was not there."""
    if max(len(old or b""), len(new or b"")) > MAX_BYTES:
        return TOO_LARGE
    before, after = _read(old), _read(new)
    note: TextNote | None = None
    diff = ""
    if before.is_binary or after.is_binary:
        note = "binary"
    elif old is not None and new is not None and before.text == after.text:
        note = "bytes" if before.encoding == after.encoding else "encoding"
    else:
        diff = "\n".join(unified(lines_of(before.text), lines_of(after.text)))
        # The last line's end, or another kind of end, is all that changed.
        note = None if diff or before.text == after.text else "line_ends"
    return TextChange(
        diff=diff, note=note, old_encoding=before.encoding, encoding=after.encoding
    )


def _read(data: bytes | None) -> _Text:
    if not data:
        return _Text("", None)
    decoded = decode(data)
    return _Text(decoded.text, decoded.encoding, is_binary=decoded.encoding is None)
