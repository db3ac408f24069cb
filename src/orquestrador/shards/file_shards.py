"""Divides the files of folders into shards."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from orquestrador.errors import DatasetError
from orquestrador.library import Entry, Selection, list_files, raw_name, shown_name
from orquestrador.messages.shards import Shard, Sources
from orquestrador.shards.places import is_uri, opened
from orquestrador.tables import arrow_explained

EXCLUDED_FOLDERS = frozenset({".git", ".orquestrador"})
_MOST_FILES = 1000
"""In a shard, however small they are."""


def selection_of(sources: Sources) -> Selection:
    """Return which files of a folder are looked at."""
    return Selection(
        sources=frozenset(sources.suffixes),
        sniffed=frozenset(sources.sniffed),
        counted=frozenset(sources.counted),
        excluded_folders=EXCLUDED_FOLDERS,
        archives=frozenset({".zip"} if sources.archives else ()),
    )


def common_root(inputs: Sequence[str]) -> str:
    """Return the folder below which all inputs stand.

    Raises:
        DatasetError: if there is none.

    """
    try:
        if not any(map(is_uri, inputs)):
            folders = [each if Path(each).is_dir() else str(Path(each).parent)
                       for each in inputs]  # fmt: skip
            return os.path.commonpath(folders)
        (scheme,) = {each.partition("://")[0] for each in inputs}
        found = posixpath.commonpath([each.partition("://")[2] for each in inputs])
    except ValueError as error:
        raise DatasetError(
            f"{', '.join(inputs)} have no folder in common: classify them apart"
        ) from error
    return f"{scheme}://{found}"


def file_shards(
    inputs: Sequence[str], to: str, sources: Sources, shard_bytes: int
) -> Iterator[Shard]:
    """Yield the shards of folders and files, in the order of their shown paths.

    Args:
        inputs: absolute folders or files, or URIs, at or below the sources' root.
        to: the output folder, which is no input wherever it stands.
        sources: which files are looked at.
        shard_bytes: source in a shard, unless a single file is larger.

    Raises:
        DatasetError: if an input is not there.

    """
    find = _remote_files if is_uri(sources.root) else _local_files
    files = sorted({name: size for each in inputs for name, size in
                    find(each, to, sources)}.items())  # fmt: skip
    names: list[str] = []
    total = number = 0
    for name, size in files:
        if names and (total + size > shard_bytes or len(names) == _MOST_FILES):
            yield _shard(number, names, total)
            names, total, number = [], 0, number + 1
        names.append(name)
        total += size
    if names:
        yield _shard(number, names, total)


def _shard(number: int, names: list[str], size: int) -> Shard:
    return Shard(
        name=f"part-{number:06}", files=tuple(names), count=len(names), size=size
    )


def _local_files(place: str, to: str, sources: Sources) -> Iterator[tuple[str, int]]:
    if not os.path.lexists(place):
        raise DatasetError(f"{place} is not there")
    selection = selection_of(sources)
    start = raw_name(os.path.relpath(place, sources.root))
    for entry in list_files(
        Path(sources.root),
        excluded_folders=EXCLUDED_FOLDERS,
        excluded_paths=frozenset({Path(to)}),
        start=b"" if start == b"." else start,
    ):
        if is_wanted(entry, selection):
            yield shown_name(entry.raw), entry.size


def is_wanted(entry: Entry, selection: Selection) -> bool:
    """Whether a file is looked at, or a folder named that cannot be listed."""
    if entry.problem is None:
        return selection.wants(entry.raw)
    # A link or a device without a source's name: nothing says that it is ours.
    return entry.problem.startswith("folder") or selection._replace(
        sniffed=frozenset()
    ).wants(entry.raw)


def _remote_files(place: str, to: str, sources: Sources) -> Iterator[tuple[str, int]]:
    from pyarrow import fs  # noqa: PLC0415 -- an extra

    system, path = opened(place)
    root = opened(sources.root)[1].rstrip("/") + "/"
    selection = selection_of(sources)
    left_out = opened(to)[1] if is_uri(to) else to
    with arrow_explained(place):
        if system.get_file_info(path).is_file:
            found = [system.get_file_info(path)]
        else:
            found = system.get_file_info(fs.FileSelector(path, recursive=True))
    for each in found:
        name = each.path.removeprefix(root)
        folders = frozenset(name.split("/")[:-1])
        if (
            each.is_file
            and not folders & EXCLUDED_FOLDERS
            and not each.path.startswith(left_out + "/")
            and selection.wants(name.encode())
        ):
            yield shown_name(name.encode()), each.size or 0
