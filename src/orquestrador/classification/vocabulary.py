"""The identifiers of a program as one text, so that stems are found in it at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

MAX_NAMES = 20
"""Identifiers that are returned for one stem."""

_LEAST_CORE = 3


class Vocabulary:
    """Finds identifiers by a part of them, whatever their case and underscores.

    A stem is such a part, `pip_step` for `PipStep` and `ExtPipStepPoints`; `^` and
    `$` stand for an identifier's begin and end.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Fold the identifiers."""
        self._names = tuple(names)
        self._folded = _fold(self._names)
        self._known: dict[str, bool] = {}

    def first(self, *stems: str) -> str | None:
        """Return the first identifier that holds one of the stems, in their order."""
        for stem in self._occurring(stems):
            return next(self._holding(stem))
        return None

    def all(self, *stems: str) -> tuple[str, ...]:
        """Return the identifiers that hold one of the stems, each once."""
        found: dict[str, None] = {}
        for stem in self._occurring(stems):
            found.update(dict.fromkeys(islice(self._holding(stem), MAX_NAMES)))
        return tuple(found)

    def _occurring(self, stems: tuple[str, ...]) -> Iterator[str]:
        text, known = self._folded, self._known
        for stem, core in _prepared(stems):
            here = known.get(core)
            if here is None:
                here = known[core] = core in text
            if here and stem in text:
                yield stem

    def _holding(self, stem: str) -> Iterator[str]:
        at = self._folded.find(stem)
        while at >= 0:
            # A stem may begin with the line end in front of its identifier.
            yield self._names[self._folded.count("\n", 0, at + 1) - 1]
            at = self._folded.find(stem, self._folded.index("\n", at + 1))


@lru_cache(maxsize=1024)
def _prepared(stems: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return each stem folded, with a part of it that it shares with others.

    Where `trend` does not occur, neither does `up_trend` nor `trend_line`: most
    programs hold few of these parts, so few searches answer for many stems.
    """
    folded = dict.fromkeys(map(_folded_stem, stems))
    core_of: dict[str, str] = {}
    while left := [stem for stem in folded if stem not in core_of]:
        parts = Counter(part for stem in left for part in _parts(stem))
        core = max(parts, key=lambda part: (parts[part] * len(part), part))
        core_of.update((stem, core) for stem in left if core in stem)
    return tuple((stem, core_of[stem]) for stem in folded)


def _parts(stem: str) -> set[str]:
    sizes = range(min(_LEAST_CORE, len(stem)), len(stem) + 1)
    return {
        stem[at : at + size] for size in sizes for at in range(len(stem) - size + 1)
    }


def _folded_stem(stem: str) -> str:
    """Return a stem as it stands in a folded vocabulary."""
    return stem.lower().replace("_", "").replace("^", "\n").replace("$", "\n")


def _fold(names: Iterable[str]) -> str:
    return "\n" + "\n".join(names).lower().replace("_", "") + "\n"
