"""Classifiers of other packages: a function from a source to further labels.

A package offers one by the entry-point group `orquestrador.classifiers`. It sees the
source as the rules see it, cannot change it, and says labels with the lines they rest
on. What it raises, or says wrongly, is a problem of that one file.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata

import msgspec

from orquestrador.classification.matching import MAX_EVIDENCE
from orquestrador.classification.program import Program
from orquestrador.config.own_rules import ENTRY_POINTS, OfferedClassifier
from orquestrador.config.rule_packs import Group
from orquestrador.config.vocabulary import GROUPS
from orquestrador.messages import Evidence, Facts, Kind, Language
from orquestrador.visible import visible

__all__ = ["Extra", "ExtraLabel", "SourceView", "extra_labels"]

MOST_LABELS = 50
"""Labels that one classifier says of one source."""

MOST_WEIGHT = 100.0
_MOST_CHARACTERS = 300


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One source, read: what a classifier is given."""

    language: Language
    kind: Kind
    text: str
    """The whole file, decoded; line ends as they are."""

    code: str
    """As long as `text`: comments, what stands in quotes and functions that nothing
    calls are spaces."""

    facts: Facts
    """Inputs, functions, indicators used and the rest that records carry."""


class ExtraLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A label that a classifier says."""

    group: Group
    label: str
    """TAXONOMY.md's code, or one of the classifier's own with a dot: `renko.bricks`."""

    lines: tuple[int, ...]
    """Lines that are the evidence, from 1; at least one."""

    weight: float = 3.0
    """Of a strategy, as a rule's: what it adds to its label's share."""


Classifier = Callable[[SourceView], Iterable[ExtraLabel]]


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a classifier, with its evidence."""

    group: Group
    label: str
    weight: float
    evidence: tuple[Evidence, ...]


def extra_labels(
    program: Program, classifiers: Sequence[OfferedClassifier]
) -> tuple[tuple[Extra, ...], str | None]:
    """Return what the classifiers say of a program, and what went wrong, if anything.

    One that fails says nothing; the others count.
    """
    if not classifiers:
        return (), None
    found: list[Extra] = []
    problems: list[str] = []
    view = SourceView(
        language=program.language,
        kind=program.kind,
        text=program.source.text,
        code=program.code,
        facts=program.facts,
    )
    for each in classifiers:
        try:
            found += _said(each, view, program)
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- somebody else's code; named with the file
            words = visible(f"classifier {each.name} failed: {_named(error)}")
            problems.append(words[:_MOST_CHARACTERS])
    return tuple(found), "; ".join(problems) or None


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _said(
    offered: OfferedClassifier, view: SourceView, program: Program
) -> list[Extra]:
    said = itertools.islice(_loaded(offered)(view), MOST_LABELS + 1)
    found = [_extra(each, offered, program) for each in said]
    if len(found) > MOST_LABELS:
        raise ValueError(f"it says more than {MOST_LABELS} labels")
    return found


@cache
def _loaded(offered: OfferedClassifier) -> Classifier:
    point = metadata.EntryPoint(offered.name, offered.value, ENTRY_POINTS)
    loaded: Classifier = point.load()
    return loaded


def _extra(said: object, offered: OfferedClassifier, program: Program) -> Extra:
    if not isinstance(said, ExtraLabel):
        raise TypeError(f"it gives {type(said).__name__}, which is no ExtraLabel")
    # Its types are a promise of the other package; nothing has checked them.
    said = msgspec.convert(msgspec.to_builtins(said), ExtraLabel)
    if said.label not in GROUPS[said.group] and not _is_own(said.label):
        raise ValueError(
            f"{said.label!r} is no label of {said.group}; a new one has a dot, as in "
            "renko.bricks"
        )
    if not 0 < said.weight <= MOST_WEIGHT:
        raise ValueError(f"{said.label}: the weight {said.weight} is not in 0 to 100")
    rule = f"classifier.{offered.name}"
    return Extra(
        group=said.group,
        label=said.label,
        weight=said.weight,
        evidence=tuple(_evidence(said, rule, program)),
    )


def _evidence(said: ExtraLabel, rule: str, program: Program) -> Iterator[Evidence]:
    last = program.source.lines
    if not said.lines or not all(1 <= line <= last for line in said.lines):
        raise ValueError(f"{said.label}: its lines are not among 1 to {last}")
    for line in tuple(dict.fromkeys(said.lines))[:MAX_EVIDENCE]:
        yield program.evidence(rule, program.source.start(line))


def _is_own(label: str) -> bool:
    first, dot, rest = label.partition(".")
    return (
        bool(dot)
        and len(label) <= 60
        and all(
            each.isascii() and each.isidentifier() and each.islower()
            for each in (first, *rest.split("."))
        )
    )
