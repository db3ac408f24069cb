"""Where an include leads among the names of a library.

MetaTrader looks for `<X>` in the `Include` folder of its data folder and for `"X"`
beside the file that says so, with no regard to case. A library holds many such
folders, or parts of them, so any `Include` above the file counts, the nearest first.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from orquestrador.library.names import INSIDE

Key = str
"""A raw name as systems compare it that take no notice of case."""

_INCLUDE = re.compile(r"/include(?=/)")
_QUOTES = re.compile(r'[<>"\r\n]')
_ABOVE_ARCHIVE = INSIDE.decode().strip("/")


def key_of(raw: bytes) -> Key:
    """Return a raw name's key."""
    return _folded(raw.decode("utf-8", "surrogateescape"))


def written(include: str) -> str:
    """Return what a source includes, with `/`, and without quotes."""
    return (
        _QUOTES.split(include.strip().strip('<>"'), maxsplit=1)[0]
        .strip()
        .replace("\\", "/")
    )


class Places:
    """The names of a library's files.

    Args:
        raws: of all files, in the order in which one of several that differ by case
            only is chosen.

    """

    def __init__(self, raws: Iterable[bytes]) -> None:
        self._raws: dict[Key, bytes] = {}
        for raw in raws:
            self._raws.setdefault(key_of(raw), raw)
        self._folders = {
            key[: found.end()]
            for key in (f"/{each}" for each in self._raws)
            for found in _INCLUDE.finditer(key)
        }
        self._above: dict[Key, tuple[Key, ...]] = {}

    def find(self, source: bytes, name: str) -> bytes | None:
        """Return the file that an include leads to, or None.

        Args:
            source: the file that includes.
            name: as `written`.

        """
        folder = key_of(source).rpartition("/")[0]
        wanted = _folded(name)
        for above in (folder, *self._includes_above(folder)):
            key = _joined(above, wanted)
            found = None if key is None else self._raws.get(key)
            if found is not None:
                return found
        return None

    def _includes_above(self, folder: Key) -> tuple[Key, ...]:
        """Return the `Include` folders above a folder, nearest first."""
        known = self._above.get(folder)
        if known is None:
            known = tuple(
                f"{each}/include".lstrip("/")
                for each in _upwards(folder)
                if (f"/{each}/include" if each else "/include") in self._folders
            )
            self._above[folder] = known
        return known


def _folded(text: str) -> Key:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _upwards(folder: Key) -> Iterator[Key]:
    yield folder
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _joined(folder: Key, name: Key) -> Key | None:
    """Join two names, with `.` and `..`; None if that leads out of the library."""
    parts = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            if not parts or parts[-1] == _ABOVE_ARCHIVE:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
