"""Where a file may be moved to, and from: a plan may have been edited by hand.

What a name may be is said once, for restores and moves (`snapshots.names`); the
rules of Windows hold everywhere here, because a library goes from one system to
another.
"""

from collections.abc import Collection

from orquestrador.organizing.tree import PROTECTED, same
from orquestrador.snapshots.names import DRAFTS_PREFIX, unsafe_reason

LONGEST_PART = 255
"""Bytes of a file's or folder's name, as most systems allow."""

LONGEST_PATH = 2000
"""Bytes of a whole path below the library."""

_PROTECTED = frozenset(same(raw) for raw in PROTECTED)
_DRAFTS = DRAFTS_PREFIX.encode()


def target_problem(raw: bytes, protected: Collection[bytes] = ()) -> str | None:
    """Return why a file must not be moved there, or None.

    Args:
        raw: raw name, relative to the library.
        protected: folders where nothing is moved to, besides Git's and ours.

    """
    if raw.startswith((b"/", b"\\")) or raw[1:2] == b":":
        return "a place in the library is relative to it, such as MQL4_Source/EAs/x.mq4"
    reason = unsafe_reason(raw, windows=True)
    if reason is not None:
        return reason
    if len(raw) > LONGEST_PATH or any(
        len(each) > LONGEST_PART for each in raw.split(b"/")
    ):
        return (
            f"its name is too long: {LONGEST_PART} bytes for each part, {LONGEST_PATH} "
            "in all"
        )
    return _protected_problem(raw, protected)


def source_problem(raw: bytes, protected: Collection[bytes] = ()) -> str | None:
    """Return why a file must not be moved from there, or None; as `target_problem`."""
    return unsafe_reason(raw) or _protected_problem(raw, protected)


def _protected_problem(raw: bytes, protected: Collection[bytes]) -> str | None:
    parts = raw.split(b"/")
    if any(same(part) in _PROTECTED or part.startswith(_DRAFTS) for part in parts):
        return "it is in a folder that is not the library's own (.git, .orquestrador)"
    folded = same(raw)
    for folder in protected:
        inside = same(folder)
        if folded == inside or folded.startswith(inside + "/"):
            return "it is in the state folder"
    return None
