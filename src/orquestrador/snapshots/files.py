"""Small files of ours beside Git's, read whole and replaced whole."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from orquestrador.library.sharing import patiently

T = TypeVar("T", bound=msgspec.Struct)


def load(path: Path, kind: type[T]) -> T | None:
    """Return what a JSON file holds; None when it is missing, damaged or older."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def save(path: Path, content: msgspec.Struct, *, durable: bool = True) -> None:
    """Replace a JSON file; no program ever sees half of it.

    Args:
        path: the file.
        content: what it holds from now on.
        durable: wait until it is on disk. While a disk is busy that takes seconds;
            else a power cut may leave the old file or a damaged one.

    Raises:
        OSError: if it cannot be written; what was there still is.

    """
    from orquestrador.snapshots.pack import sync, sync_folder  # noqa: PLC0415 -- it loads dulwich

    draft = path.with_suffix(f".{os.getpid()}.draft")
    try:
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=1))
            if durable:
                sync(file)
        patiently(lambda: draft.replace(path))
    finally:
        draft.unlink(missing_ok=True)
    if durable:
        sync_folder(path.parent)
