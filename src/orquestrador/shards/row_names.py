"""Paths that a table claims: none may lead out of where it is taken to."""

import sys
from collections.abc import Sequence

from orquestrador.library import shown_name
from orquestrador.library.names import INSIDE

LEADS_OUT = "its path leads out of the library, or is none"


def leads_out(raw: bytes) -> bool:
    """Whether a raw name is no plain one, relative to a library.

    A member of an archive is one if the archive's name is.
    """
    archive, _, member = raw.partition(INSIDE)
    if sys.platform == "win32" and (b":" in archive or b"\\" in archive):
        return True
    parts = archive.split(b"/")
    return b"\0" in archive + member or any(
        each in {b"", b".", b".."} for each in parts
    )


def row_path(values: Sequence[bytes | None]) -> bytes | None:
    """Return the raw name that a row's columns say; None if one of them is null."""
    parts = [each for each in values if each is not None]
    return b"/".join(parts) if len(parts) == len(values) else None


def shown_claim(raw: bytes) -> str:
    r"""Return a claimed name as a record shows it; a NUL, that no name has, as `\0`."""
    parts = raw.split(INSIDE, 1)
    return shown_name(INSIDE.join(each.replace(b"\0", b"\\0") for each in parts))
