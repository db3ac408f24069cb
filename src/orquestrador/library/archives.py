"""Members of a `.zip`, read without believing what the archive says of itself.

Nothing is ever written: a member's name is shown, never used as a path. What is read
is bounded by what comes out, not by what the archive declares; archives in archives
are named and not entered.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.library.names import suffix_of
from orquestrador.library.reading import Unreadable, read_content

INSIDE = "!/"
"""Between an archive's path and a member's name; a path that is there comes first."""

MOST_DIRECTORY_BYTES = 4 << 20
"""Of the list of members, some 50,000 of them: it is read before anything else."""

MOST_RATIO = 200
"""How often its own size a member may become; source becomes ten times as large."""

_SMALL = 1 << 20
"""Bytes; what is no larger is no bomb, however well it was packed."""

_TIMES = 8
"""How many of the largest files an archive may hold in all, packed or not."""

_NAMELESS = "(no name)"

_END = b"PK\x05\x06"
_END_BYTES = 22
_MOST_COMMENT = 0xFFFF
_LARGE = b"PK\x06\x07"
_LARGE_BYTES = 20
_ENCRYPTED = 0x41
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others need memory that the archive decides about."""

_NOT_ENTERED = frozenset({".zip", ".rar", ".7z"})
_COMPILED = frozenset({".ex4", ".ex5"})


def _is_wanted(_suffix: str) -> bool:
    return True


class Member(NamedTuple):
    """What stands in an archive; without a name, the archive itself."""

    name: str
    """Valid Unicode, as the archive has it; `%` is `%25`. Of two of the same name
    the second is called `name#2`."""

    suffix: str
    size: int
    """Bytes, unpacked."""

    data: bytes
    problem: str | None
    """Why it was not read."""


def archive_of(path: Path) -> tuple[Path, str | None] | None:
    """Return the archive that a path means, and the member if it means one.

    A path at which something stands is no member, whatever its name.
    """
    if path.suffix.lower() == ".zip" and path.is_file():
        return path, None
    text = path.as_posix()
    mark = f".zip{INSIDE}"
    at = text.lower().find(mark)
    while at > 0 and not path.exists():
        archive = Path(text[: at + len(".zip")])
        if archive.is_file():
            return archive, text[at + len(mark) :]
        at = text.lower().find(mark, at + 1)
    return None


def members(
    path: Path, max_bytes: int, wants: Callable[[str], bool] = _is_wanted
) -> Iterator[Member]:
    """Yield the files in an archive in its own order, one at a time.

    Args:
        path: of the archive.
        max_bytes: a larger member is not read; eight times as much is read of all.
        wants: whether members of a suffix are; the others do not come.

    Yields:
        Members with their bytes, or with the problem that stands against reading
        them; one without a name is about the archive, and is then the only one.

    """
    content = read_content(path, _TIMES * max_bytes)
    if isinstance(content, Unreadable):
        yield _archive(0, content.problem)
        return
    problem = _unfit(content.data)
    if problem is not None:
        yield _archive(content.size, problem)
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(content.data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        yield _archive(content.size, f"damaged archive: {error}")
        return
    with archive:
        yield from _files(archive, max_bytes, wants)


def _archive(size: int, problem: str) -> Member:
    return Member("", ".zip", size, b"", problem)


def _unfit(data: bytes) -> str | None:
    """Return why the list of members is not read."""
    tail = data[-(_END_BYTES + _MOST_COMMENT) :]
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return "damaged archive: it has no list of members"
    if tail[at - _LARGE_BYTES : at].startswith(_LARGE):
        return "archive of more than 65,535 members or 4 GB, not read"
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > MOST_DIRECTORY_BYTES:
        return f"archive with a list of members of {size / 1e6:.1f} MB, not read"
    return None


def _files(
    archive: zipfile.ZipFile, max_bytes: int, wants: Callable[[str], bool]
) -> Iterator[Member]:
    left = _TIMES * max_bytes
    names: dict[str, int] = {}
    for info in archive.infolist():
        if info.is_dir():
            continue
        shown = info.filename.replace("%", "%25") or _NAMELESS
        # Windows' packers have written `\`; it parts folders there.
        suffix = suffix_of(info.filename.replace("\\", "/").encode("utf-8", "replace"))
        name = _distinct(shown, names)
        if not wants(suffix):
            continue
        problem = _not_read(info, suffix, max_bytes)
        data = b""
        if problem is None and info.file_size > left:
            problem = f"archive of more than {_TIMES * max_bytes / 1e6:g} MB unpacked"
        if problem is None:
            data, problem = _unpacked(archive, info)
            # Also of what turned out to be damaged: it was work all the same.
            left -= info.file_size
        yield Member(name, suffix, info.file_size, data, problem)


def _distinct(name: str, names: dict[str, int]) -> str:
    """Return a name that no member has yet.

    Args:
        name: as the archive has it.
        names: how far each was counted, so that a thousand equal names are as many
            steps and not their square.

    """
    distinct, number = name, names.get(name, 0)
    while distinct in names:
        number += 1
        distinct = f"{name}#{number + 1}"
    names[name] = number
    names.setdefault(distinct, 0)
    return distinct


def _not_read(  # noqa: PLR0911 -- one reason a line
    info: zipfile.ZipInfo, suffix: str, max_bytes: int
) -> str | None:
    if suffix in _NOT_ENTERED:
        return "archive in an archive, not entered"
    if suffix in _COMPILED:
        return f"compiled program ({suffix}), not read"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted, not read"
    if info.compress_type not in _METHODS:
        return f"packed by method {info.compress_type}, not read"
    if info.file_size > max_bytes:
        return (
            f"{info.file_size / 1e6:.1f} MB is over the limit of {max_bytes / 1e6:g} MB"
        )
    if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size):
        return f"unpacks to more than {MOST_RATIO} times its size, not read"
    return None


def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> tuple[bytes, str | None]:
    """Return a member's bytes, or none and why not; never more than it says."""
    try:
        with archive.open(info) as member:
            data = member.read(info.file_size + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        return b"", f"damaged member: {error}"
    if len(data) > info.file_size:
        return b"", "holds more than it says, not read"
    if len(data) != info.file_size:
        return b"", "damaged member: it holds less than it says"
    return data, None
