"""The identifiers of a program as one text, so that stems are found in it at once."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

MAX_NAMES = 20
"""Identifiers that are returned for one stem."""


class Vocabulary:
    """Finds identifiers by a part of them, whatever their case and underscores.

    A stem is such a part, `pip_step` for `PipStep` and `ExtPipStepPoints`; `^` and
    `$` stand for an identifier's begin and end.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Fold the identifiers."""
        self._names = tuple(names)
        self._folded = _fold(self._names)

    def first(self, folded: Iterable[str]) -> str | None:
        """Return the first identifier that holds one of these folded stems."""
        text = self._folded
        for stem in folded:
            if stem in text:
                return next(self._holding(stem))
        return None

    def all(self, *stems: str) -> tuple[str, ...]:
        """Return the identifiers that hold one of the stems, each once."""
        found: dict[str, None] = {}
        text = self._folded
        for stem in stems:
            folded = folded_stem(stem)
            if folded in text:
                found.update(dict.fromkeys(islice(self._holding(folded), MAX_NAMES)))
        return tuple(found)

    def _holding(self, stem: str) -> Iterator[str]:
        at = self._folded.find(stem)
        while at >= 0:
            # A stem may begin with the line end in front of its identifier.
            yield self._names[self._folded.count("\n", 0, at + 1) - 1]
            at = self._folded.find(stem, self._folded.index("\n", at + 1))


@lru_cache(maxsize=4096)
def folded_stem(stem: str) -> str:
    """Return a stem as it stands in a folded vocabulary."""
    return stem.lower().replace("_", "").replace("^", "\n").replace("$", "\n")


def _fold(names: Iterable[str]) -> str:
    return "\n" + "\n".join(names).lower().replace("_", "") + "\n"
