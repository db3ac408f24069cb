"""Cues as data: constructs that speak for a label, and where a source has them.

`config/rules/language.toml` and `kind.toml` list them; each has an example that has
the cue and a counterexample that has not, which a test runs.
"""

import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from orquestrador.classification.lexing import Source
from orquestrador.classification.program import arguments

MAX_CALLS = 3
"""Calls of one function whose arguments are counted."""

MAX_PLACES = 50
"""Places of one name at which a pattern is tried."""

OPENING = re.compile(r"\s?\(")
DECLARING = ("double", "float", "int", "uint", "long", "datetime", "define", ".")
"""What stands in front of a name that the source declares, or of a member."""


class Cue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A construct that speaks for a label."""

    id: str
    label: str
    weight: float
    """What each different name, or the pattern, adds to the label's score."""

    example: str
    counterexample: str
    version: int = 1
    """Raised when the cue is to mean something else."""

    names: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    """What upper-case constants begin with, up to the first underscore."""

    pattern: str | None = None
    """A regular expression on the code."""

    at: tuple[str, ...] = ()
    """Names where `pattern` must match; without them it is searched everywhere."""

    predefined: bool = False
    """Whether the names are the platform's variables: declared by the source itself,
    or read from an object, they are no cue."""

    in_text: bool = False
    """Whether `pattern` is matched on the text, with what stands in quotes."""

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
            if names and not (cue.predefined and declares(source, names)):
                score = cue.weight * min(len(names), cue.cap)
                found.append(Found(cue, score, source.names[names[0]]))
        found.extend(self._matched(source))
        found.extend(self._called(source))
        return found

    def _names(self, source: Source) -> Mapping[str, list[str]]:
        hits: dict[str, list[str]] = {}
        by_name = self._by_name
        # One comprehension picks the few that tell from the many that do not.
        telling = [
            name
            for name in source.counts
            if name in by_name or ("_" in name and name.isupper())
        ]
        for name in telling:
            for cue in by_name.get(name) or self._of_family(name):
                hits.setdefault(cue.id, []).append(name)
        return hits

    def _of_family(self, constant: str) -> Iterable[Cue]:
        return self._by_family.get(constant.partition("_")[0], ())

    def _matched(self, source: Source) -> Iterator[Found]:
        for cue in self._patterns:
            offset = _place(cue, source)
            if offset is not None and not (cue.predefined and declares(source, cue.at)):
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
    code = source.code
    for offset in source.offsets(name, MAX_CALLS):
        opening = OPENING.match(code, offset + len(name))
        if opening is None or code[offset - 1 : offset] in {".", ":"}:
            continue
        if len(arguments(code, opening.end())) in sizes:
            return [offset]
    return []


def has_any(source: Source, names: Iterable[str]) -> bool:
    """Tell whether one of the names stands in the code."""
    counts = source.counts
    return any(name in counts for name in names)


def declares(source: Source, names: Iterable[str]) -> bool:
    """Tell whether the source has variables, members or functions of these names."""
    code = source.code
    return any(
        code[max(0, offset - 40) : offset].rstrip().endswith(DECLARING)
        or OPENING.match(code, offset + len(name))
        for name in names
        if name in source.counts
        for offset in source.offsets(name, MAX_PLACES)
    )


def _place(cue: Cue, source: Source) -> int | None:
    """Return where a cue's pattern holds."""
    pattern = compiled(cue.pattern or "")
    if not cue.at:
        match = pattern.search(source.code)
        return match.start() if match else None
    # A directive's file stands in quotes, which the code has blanked.
    text = source.text if cue.in_text else source.code
    for name in cue.at:
        if name in source.counts:
            for offset in source.offsets(name, MAX_PLACES):
                if pattern.match(text, offset):
                    return offset
    return None


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
