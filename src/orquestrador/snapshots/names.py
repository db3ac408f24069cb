"""Names that Git or the system cannot take, and what becomes of them.

Git refuses tree entries named like its own folder, and checks the contents of
`.gitmodules`. In a snapshot's tree such a name is escaped: its first byte and every
byte but ASCII letters and digits become `%XX`. A name that would be taken for an
escaped one is escaped too, so that no two names meet. The manifest has the exact
name.
"""

import re
import sys

DRAFTS_PREFIX = ".orquestrador-restore-"
"""A folder of this name holds files of a restore until they are whole."""

_ESCAPED = re.compile(rb"%[0-9A-F]{2}")
_PLAIN = re.compile(rb"[A-Za-z0-9]")

# Git compares names as NTFS does (trailing dots and spaces, short names, streams)
# and as HFS+ does (code points that it ignores).
_NTFS = re.compile(
    rb"(\.git|git~\d+|\.gitmodules|gitmod~\d+|gi7eba~\d+|gi7eb[0-9a-f]{0,2}~\d+)"
    rb"[ .]*(:.*)?",
    re.IGNORECASE | re.DOTALL,
)
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")

_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3]|conin\$|conout\$)"
    r" *([.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
_NOT_ON_WINDOWS = re.compile(r'[\x00-\x1f<>:"|?*\\]')


def tree_name(name: bytes) -> bytes:
    """Return one component of a raw name as it stands in a Git tree."""
    return _escape(name) if _must_escape(name) else name


def tree_path(raw: bytes) -> bytes:
    """Return a raw name as its path below `library/` in a snapshot's tree."""
    return b"/".join([tree_name(part) for part in raw.split(b"/")])


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


def _must_escape(name: bytes) -> bool:
    if _ESCAPED.match(name):
        return _must_escape(_unescape(name))
    # Quick and usual: no Git-like name begins otherwise.
    if not (name[:1] in b".gG\xe2\xef" or b"\\" in name):
        return False
    return name in {b".", b".."} or any(_is_special(part) for part in name.split(b"\\"))


def _is_special(part: bytes) -> bool:
    if _NTFS.fullmatch(part):
        return True
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _HFS_IGNORED.sub("", text).lower() in {".git", ".gitmodules"}


def _escape(name: bytes) -> bytes:
    return b"".join(
        b"%%%02X" % byte
        if index == 0 or not _PLAIN.match(bytes((byte,)))
        else bytes((byte,))
        for index, byte in enumerate(name)
    )


def _unescape(name: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes((int(found[0][1:], 16),)), name)
