"""Why a label won and the next one lost: what spoke for each, and what settled it.

It looks at a source again, rule by rule, so that the ordinary way to a record keeps
nothing that only this is asked for. It decides nothing: the record says what won, and
the sums of the rules' weights say what the readings of TAXONOMY.md have changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from orquestrador.classification import entry_slice, kind, pine_slice, strategies
from orquestrador.classification.credentials import hidden
from orquestrador.classification.cues import Found
from orquestrador.classification.decoding import decode
from orquestrador.classification.facts import collect_facts
from orquestrador.classification.language import read
from orquestrador.classification.lexing import Source
from orquestrador.classification.matching import Rule
from orquestrador.classification.program import Program
from orquestrador.classification.rules import rulebook
from orquestrador.config.own_rules import OwnRules
from orquestrador.messages import Evidence, Record, WeightedLabel

MAX_EVIDENCE = 3
"""Places that are shown of one rule."""

SPEAKS_FOR: Mapping[str, tuple[str, ...]] = {
    "service": ("service",),
    "library": ("library", "exports"),
    "indicator": ("on_calculate", "indicator_property", "buffers"),
    "expert": ("on_tick", "event", "own_tick", "expert_property", "sends", "trades"),
    "script": ("on_start", "own_start", "script_property", "dropped"),
}
"""The facts of the file of cues that speak for a kind of program."""

_SAID_ALONE = ("utility", "trade_management")
_SAME = 0.02
"""Shares are rounded: what differs by less is the same."""


Margin = dict[int, list[tuple[str, Evidence]]]
"""By line, each label that rests on it and by what."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A rule that spoke for a label."""

    rule: str
    weight: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """A label that something spoke for."""

    label: str
    score: float
    """The sum of the weights of what spoke for it."""

    share: float
    """Its weight in the record; 0 when it is not said."""

    outcome: str
    """`first`: it won by its sum; `put_first`: by a reading; `behind`: it is said, with
    the smaller sum; `put_behind`: it is said, later than its sum would have it;
    `too_light`: under the least sum; `small_share`: too small a part of the best
    one's; `said_alone`: said only where no other strategy is; `asked_later`: a kind
    whose question comes after the one that decided; `corrected`: the user's word."""

    voices: tuple[Voice, ...]
    """The heaviest first."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands behind a record: the winner first, then the others in order."""

    kinds: tuple[Contender, ...]
    strategies: tuple[Contender, ...]
    source: Source


def explain(
    data: bytes, name: str, record: Record, own: OwnRules | None = None
) -> Explanation | None:
    """Say what spoke for the kind and the strategies of a source.

    Args:
        data: the whole file.
        name: its path; the suffix counts where `classify` lets it count.
        record: what was said of it, the user's corrections included.
        own: the user's rules, with which the record was made.

    Returns:
        None when it is no source.

    """
    decoded = decode(data)
    if decoded.problem:
        return None
    suffix = PurePosixPath(name).suffix.lower()
    reading = read(decoded.text, suffix)
    if reading.language == "unknown":
        return None
    facts = collect_facts(reading.source)
    decision = kind.decide(reading.source, reading.language, facts, suffix)
    program = Program(reading.source, reading.language, decision.kind, facts)
    rules = rulebook(own).applying(reading.language, decision.kind).strategies
    structure = (
        None
        if reading.language == "pine"
        else kind.Structure(reading.source, facts, suffix)
    )
    return Explanation(
        kinds=_kinds(structure, record),
        strategies=()
        if record.strategies is None
        else _weighed(rules, program, record),
        source=reading.source,
    )


def shown_lines(source: Source, numbers: Iterable[int]) -> dict[int, str]:
    """Return lines by their number from 1, every credential in them masked."""
    wanted = [number for number in numbers if 1 <= number <= source.lines]
    # One pass for all: a credential is looked for once, not once a line.
    text = hidden(source, "\n".join(map(source.line_text, wanted)))
    return dict(zip(wanted, text.split("\n"), strict=True)) if wanted else {}


def margin_of(record: Record) -> Margin:
    """Return which labels rest on which line; what rests on the whole file is out."""
    found: Margin = {}
    for label, pieces in _evidence(record):
        for each in pieces:
            if each.line:
                found.setdefault(each.line, []).append((label, each))
    return found


def _evidence(record: Record) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    yield record.kind, record.evidence.kind
    yield record.language, record.evidence.language
    for labels in (record.strategies, record.risk, record.hygiene):
        for each in labels or ():
            yield each.label, each.evidence
    for codes, pieces in (
        (record.symbols, record.evidence.symbols),
        (record.timeframes, record.evidence.timeframes),
    ):
        # One piece a code, in their order; what the user added has none of its own.
        for code, piece in zip(codes or (), pieces, strict=False):
            yield code, (piece,)


# --- strategies -------------------------------------------------------------------


def _weighed(
    rules: Iterable[Rule], program: Program, record: Record
) -> tuple[Contender, ...]:
    deciding = pine_slice.deciding(entry_slice.deciding(program))
    voices: dict[str, list[Voice]] = {}
    for rule in rules:
        voice = _voice_of(rule, deciding)
        if voice is not None:
            voices.setdefault(rule.definition.label, []).append(voice)
    said = {each.label: each for each in record.strategies or ()}
    scores = {label: _sum(voices.get(label, ())) for label in {*voices, *said}}
    # The record's order; then what is not said, the greatest sum first.
    order = [
        *said,
        *sorted(scores.keys() - said, key=lambda code: (-scores[code], code)),
    ]
    return tuple(
        Contender(
            label=label,
            score=round(scores[label], 2),
            share=said[label].weight if label in said else 0.0,
            outcome=_outcome(label, scores, said),
            voices=_ordered(voices.get(label, ())),
        )
        for label in order
    )


def _ordered(voices: Iterable[Voice]) -> tuple[Voice, ...]:
    return tuple(sorted(voices, key=lambda each: (-each.weight, each.rule)))


def _voice_of(rule: Rule, program: Program) -> Voice | None:
    seen = strategies.seen(rule, program)
    offsets = rule.offsets(seen, MAX_EVIDENCE)
    if not offsets:
        return None
    rule_id = rule.definition.id
    evidence = tuple(program.evidence(rule_id, offset) for offset in offsets)
    return Voice(rule_id, rule.definition.weight, evidence)


def _outcome(
    label: str, scores: Mapping[str, float], said: Mapping[str, WeightedLabel]
) -> str:
    score = scores[label]
    if label not in said:
        if score < strategies.LEAST_SCORE:
            return "too_light"
        return "said_alone" if label in _SAID_ALONE else "small_share"
    if any(each.rule == "user" for each in said[label].evidence):
        return "corrected"
    first = next(iter(said))
    if label == first:
        return "put_first" if score < max(scores[each] for each in said) else "first"
    # By its sum alone it would have this share beside the first one's.
    expected = said[first].weight * score / scores[first] if scores[first] else 0.0
    return "put_behind" if said[label].weight < expected - _SAME else "behind"


# --- the kind of program ----------------------------------------------------------


def _kinds(structure: kind.Structure | None, record: Record) -> tuple[Contender, ...]:
    pieces = record.evidence.kind
    outcome = "corrected" if any(each.rule == "user" for each in pieces) else "first"
    decided = tuple(
        Voice(rule, 1.0, tuple(each for each in pieces if each.rule == rule))
        for rule in dict.fromkeys(each.rule for each in pieces)
    )
    won = Contender(record.kind, float(len(decided)), 1.0, outcome, decided)
    if structure is None:
        # Pine Script declares its kind: nothing else speaks for another one.
        return (won,)
    others = [
        Contender(label, _sum(voices), 0.0, "asked_later", voices)
        for label in SPEAKS_FOR
        if label != record.kind and (voices := _for_kind(structure, label))
    ]
    return (won, *sorted(others, key=lambda each: (-each.score, each.label)))


def _sum(voices: Iterable[Voice]) -> float:
    return sum(each.weight for each in voices)


def _for_kind(structure: kind.Structure, label: str) -> tuple[Voice, ...]:
    return tuple(
        _voice(structure.source, found)
        for fact in SPEAKS_FOR[label]
        for found in structure.found.get(fact, ())
    )


def _voice(source: Source, found: Found) -> Voice:
    evidence = source.evidence(found.cue.id, found.offset)
    masked = evidence.replace(text=hidden(source, evidence.text))
    return Voice(found.cue.id, found.score, (masked,))
