"""Cues as data: constructs that speak for a label, and where a source has them.

`config/rules/language.toml` and `kind.toml` list them; each has an example that has
the cue and a counterexample that has not, which a test runs.
"""

import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

import msgspec

from orquestrador.classification.lexing import Source
from orquestrador.classification.program import arguments

MAX_CALLS = 3
"""Calls of one function whose arguments are counted."""


class Cue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A construct that speaks for a label."""

    id: str
    label: str
    weight: float
    """What each different name, or the pattern, adds to the label's score."""

    example: str
    counterexample: str
    names: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    """What upper-case constants begin with, up to the first underscore."""

    pattern: str | None = None
    """A regular expression, searched in the code."""

    needs: frozenset[str] = frozenset()
    """Names of which one must occur before `pattern` is searched."""

    unless: str | None = None
    """A regular expression that, found in the code, takes the cue away."""

    in_text: bool = False
    """Whether `pattern` reads a directive with its strings, which begins with `#`."""

    calls: Mapping[str, frozenset[int]] = {}
    """Functions, each with the numbers of arguments that tell."""

    cap: int = 3
    """How many different names count at most."""


class Found(NamedTuple):
    """A cue that a source has."""

    cue: Cue
    score: float
    offset: int


class Cues:
    """The cues of one file, arranged so that one look at each name finds them."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        """Index `cues` by the names that they list."""
        self.all = tuple(cues)
        self._by_name: dict[str, list[Cue]] = {}
        self._by_family: dict[str, list[Cue]] = {}
        self._with_calls = [cue for cue in self.all if cue.calls]
        self._patterns = [cue for cue in self.all if cue.pattern]
        for cue in self.all:
            for name in cue.names:
                self._by_name.setdefault(name, []).append(cue)
            for family in cue.families:
                self._by_family.setdefault(family, []).append(cue)

    def find(self, source: Source) -> list[Found]:
        """Return what the source has, in the order of the file of cues."""
        hits = self._names(source)
        found: list[Found] = []
        for cue in self.all:
            names = hits.get(cue.id)
            if names and not _denied(cue, source):
                score = cue.weight * min(len(names), cue.cap)
                found.append(Found(cue, score, source.names[names[0]]))
        found.extend(self._matched(source))
        found.extend(self._called(source))
        return found

    def _names(self, source: Source) -> Mapping[str, list[str]]:
        hits: dict[str, list[str]] = {}
        by_name, by_family = self._by_name, self._by_family
        for name in source.counts:
            cues = by_name.get(name)
            if cues is None and "_" in name:
                cues = by_family.get(name.partition("_")[0])
                if cues is not None and not name.isupper():
                    cues = None
            if cues is not None:
                for cue in cues:
                    hits.setdefault(cue.id, []).append(name)
        return hits

    def _matched(self, source: Source) -> Iterator[Found]:
        for cue in self._patterns:
            if cue.needs and not has_any(source, cue.needs):
                continue
            offset = _search(cue, source)
            if offset is not None and not _denied(cue, source):
                yield Found(cue, cue.weight, offset)

    def _called(self, source: Source) -> Iterator[Found]:
        for cue in self._with_calls:
            told = [
                at
                for name, sizes in cue.calls.items()
                if name in source.counts
                for at in _calls(source, name, sizes)
            ]
            if told:
                yield Found(cue, cue.weight * min(len(told), cue.cap), told[0])


def _calls(source: Source, name: str, sizes: Container[int]) -> list[int]:
    """Return where the first call with one of these numbers of arguments stands."""
    calls = compiled(rf"(?<![\w.:]){name}\s?\(").finditer(source.code)
    return [
        call.start()
        for call in islice(calls, MAX_CALLS)
        if len(arguments(source.code, call.end())) in sizes
    ][:1]


def has_any(source: Source, names: Iterable[str]) -> bool:
    """Tell whether one of the names stands in the code."""
    counts = source.counts
    return any(name in counts for name in names)


def _search(cue: Cue, source: Source) -> int | None:
    pattern = compiled(cue.pattern or "")
    if not cue.in_text:
        match = pattern.search(source.code)
        return match.start() if match else None
    for match in pattern.finditer(source.text):
        if source.code[match.start()] == "#":
            return match.start()
    return None


def _denied(cue: Cue, source: Source) -> bool:
    return cue.unless is not None and bool(compiled(cue.unless).search(source.code))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a cue's regular expression, compiled once."""
    return re.compile(pattern)


class _CueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cue: tuple[Cue, ...]


@cache
def load_cues(name: str) -> tuple[Cue, ...]:
    """Return the cues of `config/rules/<name>.toml`."""
    path = files("orquestrador.config").joinpath("rules", f"{name}.toml")
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _CueFile).cue
