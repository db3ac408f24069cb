"""A folder of parts, here or behind a URI; a file appears in it whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from orquestrador.errors import DatasetError
from orquestrador.library.sharing import patiently
from orquestrador.tables import arrow_explained

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


class Folder(Protocol):
    """Where parts stand."""

    def names(self) -> set[str]:
        """Return the names of the files in it; none where there is no folder."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a file under a name of its own, then rename it."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        ...


def is_uri(place: str) -> bool:
    """Whether a place is a URI, and no path of this system."""
    return "://" in place


def absolute(place: str) -> str:
    """Return a place that means the same from anywhere."""
    if is_uri(place):
        return place.rstrip("/")
    return str(Path(place).expanduser().absolute())


def folder_at(place: str) -> Folder:
    """Return the folder at a path or URI; it is made when something is written."""
    return _Remote(place) if is_uri(place) else _Local(Path(place))


def opened(place: str) -> "tuple[FileSystem, str]":
    """Return the file system of a place, and the place's name there.

    Raises:
        DatasetError: if pyarrow is not installed or knows no such file system.

    """
    with arrow_explained(place):
        from pyarrow import fs  # noqa: PLC0415 -- an extra

        if is_uri(place):
            return fs.FileSystem.from_uri(place)
        return fs.LocalFileSystem(), place


def _draft(name: str) -> str:
    return f".{name}.{secrets.token_hex(4)}.tmp"


class _Local:
    """See `Folder`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> set[str]:
        with self._explained():
            if not self._path.exists():
                return set()
            return {each.name for each in self._path.iterdir()}

    def read(self, name: str) -> bytes:
        with self._explained():
            return (self._path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        with self._explained():
            self._path.mkdir(parents=True, exist_ok=True)
            draft = self._path / _draft(name)
            try:
                with draft.open("xb") as stream:
                    stream.write(data)
                    # Its name must not be older than its bytes when the power fails.
                    stream.flush()
                    os.fsync(stream.fileno())
                patiently(lambda: draft.replace(self._path / name))
            finally:
                draft.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        with self._explained():
            (self._path / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise DatasetError(
                f"{error.filename or self._path}: {error.strerror or error}; check the "
                "folder, its permissions and the free space"
            ) from error


class _Remote:
    """See `Folder`."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._system, self._path = opened(uri)

    def names(self) -> set[str]:
        with arrow_explained(self._uri):
            from pyarrow import fs  # noqa: PLC0415 -- an extra

            asked = fs.FileSelector(self._path, allow_not_found=True)
            return {each.base_name for each in self._system.get_file_info(asked)}

    def read(self, name: str) -> bytes:
        with (
            arrow_explained(f"{self._uri}/{name}"),
            self._system.open_input_stream(f"{self._path}/{name}") as stream,
        ):
            return stream.read()

    def write(self, name: str, data: bytes) -> None:
        draft = f"{self._path}/{_draft(name)}"
        with arrow_explained(f"{self._uri}/{name}"):
            self._system.create_dir(self._path, recursive=True)
            with self._system.open_output_stream(draft) as stream:
                stream.write(data)
            self._system.move(draft, f"{self._path}/{name}")

    def remove(self, name: str) -> None:
        if name in self.names():
            with arrow_explained(f"{self._uri}/{name}"):
                self._system.delete_file(f"{self._path}/{name}")
