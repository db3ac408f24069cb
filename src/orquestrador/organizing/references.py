r"""Which lines of the sources would no longer find what they name, and what would.

Where a name leads is decided as MetaEditor does: `"…"` beside the source, `<…>` in an
`Include` folder, `#resource` with a leading `\\` from the folder of the platform,
`#import` in `Libraries`. A library has these folders at any height, so the nearest
one above the source counts. What leads nowhere before does not matter: the
terminal's own library is not here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.library import shown_name, suffix_of
from orquestrador.organizing import copies
from orquestrador.organizing.directives import Directive
from orquestrador.organizing.tree import parent, parents, raw_of, same

SUFFIXES = frozenset({".mq4", ".mq5", ".mqh"})
"""Of the sources that name others."""

_TWINS = {".ex4": ".mq4", ".ex5": ".mq5"}
_FOLDERS = {"include": b"Include", "import": b"Libraries"}


class Broken(NamedTuple):
    """A directive that would lead elsewhere, or nowhere."""

    directive: Directive
    mended: str | None
    """What leads there again; None where nothing can be written that does."""


class _Names:
    """Files by the names that lead to them."""

    def __init__(self, raws: Iterable[bytes]) -> None:
        self._raws = {same(raw): raw for raw in raws}
        self._folders = {
            same(each) for raw in self._raws.values() for each in parents(raw)
        }

    def has_folder(self, raw: bytes) -> bool:
        """Whether files stand in a folder."""
        return same(raw) in self._folders

    def get(self, raw: bytes | None) -> bytes | None:
        return None if raw is None else self._raws.get(same(raw))


class References:
    """What names what, before and after some moves.

    Args:
        before: raw names of all files.
        places: where files go, by where they were; the others stay.
        instead: for copies that are put aside, the file that stays.

    """

    def __init__(
        self,
        before: Iterable[bytes],
        places: Mapping[bytes, bytes],
        instead: Mapping[bytes, bytes],
    ) -> None:
        old = list(before)
        self._places = places
        self._instead = instead
        self._before = _Names(old)
        self._after = _Names(places.get(raw, raw) for raw in old)

    def included(self, raw: bytes, lines: Iterable[Directive]) -> Iterator[bytes]:
        """Yield the files that a source names, as things stand before.

        Args:
            raw: where the source is.
            lines: its directives.

        """
        for directive in lines:
            found = _resolve(self._before, raw, directive)
            if found is not None:
                yield found

    def broken(self, raw: bytes, lines: Iterable[Directive]) -> list[Broken]:
        """Return the directives of a source that the moves break.

        Args:
            raw: where the source was.
            lines: its directives.

        """
        now = self._places.get(raw, raw)
        if copies.is_put_aside(now):
            return []  # It is to stay the copy that it is.
        found: list[Broken] = []
        for directive in lines:
            old = _resolve(self._before, raw, directive)
            if old is None:
                continue
            target = self._place(old)
            if _resolve(self._after, now, directive) != target:
                found.append(Broken(directive, self._mended(now, target, directive)))
        return found

    def _place(self, raw: bytes) -> bytes:
        return self._instead.get(raw) or self._places.get(raw, raw)

    def _mended(self, now: bytes, target: bytes, old: Directive) -> str | None:
        for path in self._ways(now, target, old):
            text = _written(path, old)
            candidate = old._replace(text=text)
            fits = old.encode(text) is not None
            if fits and _resolve(self._after, now, candidate) == target:
                return text
        return None

    def _ways(self, now: bytes, target: bytes, old: Directive) -> Iterator[bytes]:
        """Yield paths that could lead from a source to a file, the best first."""
        if old.word != "include" and suffix_of(target) in _TWINS.values():
            suffix = raw_of("." + old.text.rpartition(".")[2])
            target = target[: -len(suffix_of(target))] + suffix
        folder = parent(now)
        if old.word == "resource" and old.text.startswith(("\\", "/")):
            for each in _upwards(folder):
                if not each or target.startswith(each + b"/"):
                    yield b"/" + target[len(each) + 1 if each else 0 :]
            return
        if old.angled or old.word == "import":
            special = [*_special_folders(self._after, folder, old)]
            ways = [_relative(each, target) for each in special]
            yield from sorted(ways, key=lambda way: way.startswith(b".."))
        if not old.angled:
            yield _relative(folder, target)


def is_source(raw: bytes) -> bool:
    """Whether a file can hold directives."""
    return suffix_of(raw) in SUFFIXES


def _resolve(names: _Names, source: bytes, directive: Directive) -> bytes | None:
    """Return the file that a directive leads to, or None."""
    path = directive.text.replace("\\", "/").strip()
    if not path or "\0" in path or ":" in path:
        return None
    rooted = path.startswith("/")
    raw = raw_of(path.strip("/"))
    for candidate in _candidates(names, source, directive, raw, rooted=rooted):
        found = names.get(candidate) or _twin(names, candidate, directive)
        if found is not None:
            return found
    return None


def _candidates(
    names: _Names, source: bytes, directive: Directive, raw: bytes, *, rooted: bool
) -> Iterator[bytes | None]:
    folder = parent(source)
    if directive.word == "resource" and rooted:
        for each in _upwards(folder):
            yield _joined(each, raw)
        return
    if not directive.angled:
        yield _joined(folder, raw)
    if directive.angled or directive.word == "import":
        for special in _special_folders(names, folder, directive):
            yield _joined(special, raw)


def _special_folders(
    names: _Names, folder: bytes, directive: Directive
) -> Iterator[bytes]:
    """Yield the `Include` or `Libraries` folders above a source, nearest first."""
    special = _FOLDERS.get(directive.word, b"Include")
    for each in _upwards(folder):
        found = each + b"/" + special if each else special
        if names.has_folder(found):
            yield found


def _twin(names: _Names, candidate: bytes | None, directive: Directive) -> bytes | None:
    """Return the source of a compiled program that is not there itself."""
    if candidate is None or directive.word == "include":
        return None
    suffix = suffix_of(candidate)
    twin = _TWINS.get(suffix)
    if twin is None:
        return None
    return names.get(candidate[: -len(suffix)] + twin.encode())


def _upwards(folder: bytes) -> Iterator[bytes]:
    yield folder
    while folder:
        folder = parent(folder)
        yield folder


def _joined(folder: bytes, raw: bytes) -> bytes | None:
    """Join two names, with `.` and `..`; None if that leads out of the library."""
    parts = folder.split(b"/") if folder else []
    for part in raw.split(b"/"):
        if part == b"..":
            if not parts:
                return None
            parts.pop()
        elif part not in {b"", b"."}:
            parts.append(part)
    return b"/".join(parts)


def _relative(folder: bytes, target: bytes) -> bytes:
    ours = folder.split(b"/") if folder else []
    theirs = target.split(b"/")
    common = 0
    while common < min(len(ours), len(theirs) - 1) and ours[common] == theirs[common]:
        common += 1
    return b"/".join([b".."] * (len(ours) - common) + theirs[common:])


def _written(path: bytes, old: Directive) -> str:
    """Return a path with the separators that its line uses."""
    separator = "\\"
    if "\\\\" in old.text or (old.word == "resource" and "\\" not in old.text):
        separator = "\\\\"
    if "/" in old.text and "\\" not in old.text:
        separator = "/"
    # A name that is no UTF-8 cannot be written; its own page is not known here.
    return shown_name(path).replace("%25", "%").replace("/", separator)
