"""Names that Git or the system cannot take, and what becomes of them.

Git refuses tree entries named like its own folder, and its check reads `.gitmodules`
and long `.gitattributes`. In a snapshot's tree such a name is escaped: its first byte
and every byte but ASCII letters and digits become `%XX`. A name that would be taken
for an escaped one is escaped too, so that no two names meet. The manifest has the
exact name.
"""

import re
import sys
from functools import lru_cache

DRAFTS_PREFIX = ".orquestrador-restore-"
"""A folder of this name holds files of a restore until they are whole."""

_ESCAPED = re.compile(rb"%[0-9A-F]{2}")
_FIRST = frozenset((b"%", b".", b"g", b"G", b"~", b"\xe2", b"\xef"))
"""What a name that must be escaped can begin with."""

_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9]")

# Git compares names as NTFS does (trailing dots and spaces, short names, streams)
# and as HFS+ does (code points that it ignores).
_STREAM = rb"[ .]*(:.*)?"
_FLAGS = re.IGNORECASE | re.DOTALL
_SPECIAL = re.compile(
    rb"(\.git|git~1|\.gitmodules|gitmod~[1-4]|(?=.{8}([ .:]|$))"
    rb"(g|gi|gi7|gi7e|gi7eb|gi7eba)?~[1-9]\d*)" + _STREAM,
    _FLAGS,
)
_ATTRIBUTES = re.compile(
    rb"(\.gitattributes|gitatt~[1-4]|(?=.{8}([ .:]|$))"
    rb"(g|gi|gi7|gi7d|gi7d2|gi7d29)?~[1-9]\d*)" + _STREAM,
    _FLAGS,
)
_LONG_LINE = 2048
"""Git's check refuses attributes with a line of so many bytes."""

_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")

_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3]|conin\$|conout\$)"
    r" *([.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
_NOT_ON_WINDOWS = re.compile(r'[\x00-\x1f<>:"|?*\\]')


def tree_path(raw: bytes, size: int) -> bytes:
    """Return where a file stands below `library/` in a snapshot's tree.

    Args:
        raw: its raw name.
        size: its size, bytes.

    """
    folder, slash, name = raw.rpartition(b"/")
    # A folder in the place of attributes is as wrong to Git as a long line in them.
    parts = [_tree_name(part, attributes=True) for part in folder.split(b"/")]
    last = _tree_name(name, attributes=size >= _LONG_LINE)
    return b"/".join(parts) + slash + last


def is_below(raw: bytes, below: bytes | None) -> bool:
    """Whether a raw name is `below`, or stands in that folder; all is below None."""
    return below is None or raw == below or raw.startswith(below + b"/")


def unsafe_reason(raw: bytes, *, windows: bool = sys.platform == "win32") -> str | None:
    """Return why a raw name must not be written below a folder, or None.

    A repository may have been changed by others: a name in it can point outside.

    Args:
        raw: a raw name from a manifest.
        windows: whether the rules of Windows apply.

    """
    if b"\0" in raw:
        return "its name holds a zero byte"
    parts = raw.split(b"/")
    if any(part in {b"", b".", b".."} for part in parts):
        return "its name leads out of the folder"
    if not windows:
        return None
    reasons = (_unsafe_on_windows(part) for part in parts)
    return next((reason for reason in reasons if reason), None)


def _unsafe_on_windows(part: bytes) -> str | None:
    try:
        name = part.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return "its name is no text, which Windows needs"
    if _NOT_ON_WINDOWS.search(name):
        return "its name has a character that Windows does not allow"
    if name.endswith((" ", ".")):
        return "its name ends with a space or a dot, which Windows drops"
    if _RESERVED.fullmatch(name):
        return "its name is a device on Windows"
    return None


# Most parts are folders, which come again and again.
@lru_cache(maxsize=1 << 14)
def _tree_name(name: bytes, *, attributes: bool) -> bytes:
    return _escape(name) if _must_escape(name, attributes=attributes) else name


def _must_escape(name: bytes, *, attributes: bool) -> bool:
    if name[:1] not in _FIRST and b"\\" not in name:
        return False  # quick and usual
    if _ESCAPED.match(name):
        return _must_escape(_unescape(name), attributes=True)
    return any(_is_special(part, attributes=attributes) for part in name.split(b"\\"))


def _is_special(part: bytes, *, attributes: bool) -> bool:
    if _SPECIAL.fullmatch(part) or (attributes and _ATTRIBUTES.fullmatch(part)):
        return True
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    seen = _HFS_IGNORED.sub("", text).lower()
    return seen in {".git", ".gitmodules"} or (attributes and seen == ".gitattributes")


def _escape(name: bytes) -> bytes:
    return _percent(name[0]) + _NOT_PLAIN.sub(
        lambda found: _percent(found[0][0]), name[1:]
    )


def _percent(byte: int) -> bytes:
    return b"%%%02X" % byte


def _unescape(name: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes((int(found[0][1:], 16),)), name)
