"""Names of files: the raw bytes that the system gave, and what people see.

A raw name is relative to the library, with `/`, as bytes: the operating system's
own bytes on Linux and macOS, UTF-8 (lone surrogates kept) on Windows. A shown name
is the same as valid Unicode: a byte that is no UTF-8 becomes `%XX` and `%` itself
becomes `%25`, so that each shown name leads back to exactly one raw name.

A member of an archive is below it, behind a part that no system allows in a name:
`pack.zip/<NUL>/Experts/a.mq4`. It is shown as `pack.zip!/Experts/a.mq4`; the `!` of a
folder that is really called `pack.zip!` is shown as `%21`. Records may be of members:
only `raw_of_record` leads back to one, so that whoever means files is never given one.
"""

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

INSIDE = b"/\0/"
"""Between the raw names of an archive and of its member."""

_ESCAPED = re.compile(r"%([0-9A-F]{2})")
_SHOWN_INSIDE = re.compile(r"(?<=\.zip)!/", re.IGNORECASE)


def raw_name(relative: str) -> bytes:
    """Return the raw name of a path relative to the library.

    Args:
        relative: as `os.scandir` gives it, with the system's separators.

    """
    if sys.platform == "win32":
        return relative.replace("\\", "/").encode("utf-8", "surrogatepass")
    return os.fsencode(relative)


def os_name(raw: bytes) -> str:
    """Return a raw name as the system's own calls take it."""
    if sys.platform == "win32":
        return raw.decode("utf-8", "surrogatepass")
    return os.fsdecode(raw)


def os_path(root: Path, raw: bytes) -> Path:
    """Return where a raw name stands under `root`."""
    return root / os_name(raw)


def shown_name(raw: bytes) -> str:
    """Return a raw name as valid Unicode."""
    if INSIDE in raw:
        archive, _, member = raw.partition(INSIDE)
        return f"{shown_name(archive)}!/{shown_name(member)}"
    try:
        text = raw.decode("utf-8").replace("%", "%25")
    except UnicodeDecodeError:
        text = _shown_damaged(raw)
    return _SHOWN_INSIDE.sub("%21/", text) if "!/" in text else text


def _shown_damaged(raw: bytes) -> str:
    # surrogateescape maps each undecodable byte 0xNN to U+DCNN.
    text = raw.replace(b"%", b"%25").decode("utf-8", "surrogateescape")
    return "".join(
        f"%{ord(char) - 0xDC00:02X}" if "\udc80" <= char <= "\udcff" else char
        for char in text
    )


def raw_of_shown(shown: str) -> bytes:
    """Return the raw name of a file that `shown_name` showed.

    A `%` that starts no `%XX` stands for itself: people type names by hand.
    """
    pieces = _ESCAPED.split(shown)
    raw = bytearray()
    for index, piece in enumerate(pieces):
        raw += (
            bytes([int(piece, 16)])
            if index % 2
            else piece.encode("utf-8", "surrogatepass")
        )
    return bytes(raw)


def raw_of_record(path: str) -> bytes:
    """Return the raw name of a record's path: of a file, or of an archive's member."""
    inside = _SHOWN_INSIDE.search(path)
    if inside is None:
        return raw_of_shown(path)
    archive, member = path[: inside.start()], path[inside.end() :]
    return raw_of_shown(archive) + INSIDE + raw_of_shown(member)


def suffix_of(raw: bytes) -> str:
    """Return the lower-case suffix of a raw name with its dot, or an empty text."""
    dot = raw.rfind(b".")
    if dot <= raw.rfind(b"/") + 1 or len(raw) - dot > 17:
        return ""
    return _suffix(raw[dot:])


@lru_cache(maxsize=1024)
def _suffix(raw: bytes) -> str:
    # A library has few different ones and asks for them of every file.
    return raw.decode("ascii", "replace").lower()
