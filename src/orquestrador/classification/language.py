"""Which language a source is in: MQL4, MQL5, either, Pine Script, or none of these.

The constructs of `config/rules/language.toml` each add to a language's score. First
the family is told (MQL, Pine or something else), then MQL4 from MQL5 by the
difference of their scores; a file's suffix is worth one weak construct.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from orquestrador.classification.cues import Cues, Found, has_any, load_cues
from orquestrador.classification.lexing import Source, lex
from orquestrador.messages import Evidence, Language

MQL_LABELS = ("mql4", "mql5", "mql")
SUFFIX_SCORE = 2.1
"""What `.mq4` and `.mq5` add to their language: a tie-breaker."""

MQL_SUFFIXES = (".mq4", ".mq5", ".mqh")
SOURCE_SUFFIXES = (*MQL_SUFFIXES, ".pine", ".txt", "")
LEAST_FAMILY = 3.0
"""A family's score that is enough without a suffix that says the same."""

LEAST_MARGIN = 0.5
"""Difference at which a source is said to be MQL4 or MQL5 rather than either."""

LEAST_HEADER_MARGIN = 2.5
MOST_HEADER_CONTRARY = 0.34
"""The same for `.mqh`, which most often serves both, and the share of the other
language's score in it that may speak against."""

CERTAIN_FAMILY = 12.0
"""A score of MQL at which no other language is asked for."""

FOREIGN_MARGIN = 1.0
"""What another language must be ahead by in a file with a suffix of MQL's."""

MAX_EVIDENCE = 5

BOTH = ("__MQL4__", "__MQL5__")
STATEMENT = re.compile(r"[;{]|#define\b")
PINE_VERSION = re.compile(
    r"^[ \t]*//[ \t]*@[ \t]*version[ \t]*=[ \t]*(\d+)", re.MULTILINE
)
PINE_DECLARATION = re.compile(
    r"^[ \t]*(indicator|study|strategy|library)[ \t]*\(\s*(?:[\"'\w])", re.MULTILINE
)

DECLARING_WORDS = ("indicator", "study", "strategy", "library")
PINE_DEMANDS = (
    (6, re.compile(r"^[ \t]*(?:export[ \t]+)?enum[ \t]+\w+[ \t]*$", re.MULTILINE)),
    (
        5,
        re.compile(
            r"\b(?:ta|math|request|str)\.\w+[ \t]*\(|^[ \t]*indicator[ \t]*\("
            r"|\binput\.(?:int|float|timeframe)\b|^[ \t]*(?:export|method|type)[ \t]",
            re.MULTILINE,
        ),
    ),
    (
        4,
        re.compile(
            r"\b(?:color|line|label|array|plot)\.\w+"
            r"|^[ \t]*var(?:ip)?[ \t]+\w|\binput\.(?:integer|resolution|bool)\b",
            re.MULTILINE,
        ),
    ),
    (3, re.compile(r"\bsyminfo\.|\btickerid[ \t]*\(")),
    (2, re.compile(r":=|^[ \t]*strategy[ \t]*\(|\bif[ \t]", re.MULTILINE)),
)
"""Constructs that a version was the first to have, the newest version first."""


class Reading(NamedTuple):
    """A source and the language it was found to be in."""

    source: Source
    language: Language
    version: int | None
    """Of Pine Script."""

    margin: float
    """How far the language is ahead of the next one."""

    evidence: tuple[Evidence, ...]
    reason: str | None
    """Why the language is unknown."""


def read(text: str, suffix: str = "") -> Reading:
    """Lex a text in the language it is in.

    Args:
        text: the decoded file.
        suffix: of its name, in lower case with its dot; breaks ties only.

    """
    if _declares_pine(text):
        source = lex(text, "pine")
        found = _pine_cues().find(source)
        return _pine(source, found)
    source = lex(text, "mql")
    found = _mql_cues().find(source)
    family = _score(found, MQL_LABELS)
    if family < CERTAIN_FAMILY or suffix not in SOURCE_SUFFIXES:
        other = _no_mql(source, family, suffix)
        if other is not None:
            return other
    return _mql(source, found, suffix)


def _declares_pine(text: str) -> bool:
    if ("@version" in text or "@ version" in text) and PINE_VERSION.search(text):
        return True
    # Searching for text is much faster than the expression, and MQL mostly ends it.
    if "#property" in text or not any(word in text for word in DECLARING_WORDS):
        return False
    return bool(PINE_DECLARATION.search(text))


@cache
def _mql_cues() -> Cues:
    return Cues(cue for cue in load_cues("language") if cue.label in MQL_LABELS)


@cache
def _pine_cues() -> Cues:
    return Cues(cue for cue in load_cues("language") if cue.label == "pine")


@cache
def _other_cues() -> Cues:
    known = (*MQL_LABELS, "pine")
    return Cues(cue for cue in load_cues("language") if cue.label not in known)


def _score(found: Iterable[Found], labels: Iterable[str]) -> float:
    return sum(each.score for each in found if each.cue.label in labels)


def _no_mql(source: Source, family: float, suffix: str) -> Reading | None:
    """Return what a text with little MQL in it is instead, if it is something."""
    pine_source, pine_found = source, list[Found]()
    if not _ends_statements(source):
        pine_source = lex(source.text, "pine")
        pine_found = _pine_cues().find(pine_source)
    pine = _score(pine_found, ["pine"]) + (suffix == ".pine")
    others: dict[str, float] = {}
    for each in _other_cues().find(source):
        others[each.cue.label] = others.get(each.cue.label, 0.0) + each.score
    name, other = max(others.items(), key=itemgetter(1), default=("", 0.0))
    named_mql = suffix in MQL_SUFFIXES
    least = 1.0 if suffix == ".pine" else LEAST_FAMILY
    if pine_found and pine >= least and pine > max(family, other):
        return _pine(pine_source, pine_found)
    if other > family + FOREIGN_MARGIN * named_mql:
        return _unknown(source, f"{name} source")
    if family < LEAST_FAMILY and not (named_mql and STATEMENT.search(source.code)):
        return _unknown(source, "no construct of MQL or Pine Script")
    return None


def _ends_statements(source: Source) -> bool:
    """Tell whether lines end with semicolons, which Pine Script never does."""
    return source.code.count(";") * 8 > source.code.count("\n") + 8


def _unknown(source: Source, reason: str) -> Reading:
    return Reading(source, "unknown", None, 0.0, (), reason)


def _pine(source: Source, found: list[Found]) -> Reading:
    version, offset = _pine_version(source)
    evidence: list[Evidence] = []
    if offset is not None:
        evidence.append(source.evidence("language.pine.version", offset))
    declaration = PINE_DECLARATION.search(source.text)
    if declaration and not found:
        offset = declaration.start(1)
        evidence.append(source.evidence("language.pine.declaration", offset))
    found.sort(key=lambda each: -each.score)
    evidence.extend(source.evidence(each.cue.id, each.offset) for each in found)
    margin = _score(found, ["pine"]) + 10.0 * (offset is not None)
    chosen = tuple(evidence[:MAX_EVIDENCE])
    return Reading(source, "pine", version, margin, chosen, None)


def _pine_version(source: Source) -> tuple[int, int | None]:
    """Return the version and where it is written, if it is.

    A script without one is in version 1, or the first that has what it uses.
    """
    written = PINE_VERSION.search(source.text)
    if written:
        return max(1, min(6, int(written[1][:3]))), written.start()
    for version, demands in PINE_DEMANDS:
        if demands.search(source.code):
            return version, None
    return 1, None


def _mql(source: Source, found: list[Found], suffix: str) -> Reading:
    by_language = {
        "mql4": _score(found, ["mql4"]) + SUFFIX_SCORE * (suffix == ".mq4"),
        "mql5": _score(found, ["mql5"]) + SUFFIX_SCORE * (suffix == ".mq5"),
    }
    difference = by_language["mql5"] - by_language["mql4"]
    language: Language = "mql5" if difference > 0 else "mql4"
    both = suffix == ".mqh" and _serves_both(source, by_language)
    unnamed = suffix not in MQL_SUFFIXES and abs(difference) < LEAST_MARGIN
    if both or unnamed or not difference:
        language = "mql"
    evidence = _evidence(source, found, language)
    # Without a construct of MQL's it was the suffix that said so.
    evidence = evidence or (Evidence(rule="language.suffix", line=0, text=suffix),)
    return Reading(source, language, None, abs(difference), evidence, None)


def _serves_both(source: Source, scores: Mapping[str, float]) -> bool:
    """Tell whether a header shows too little of a difference, or both sides."""
    low, high = sorted(scores.values())
    return (
        high - low < LEAST_HEADER_MARGIN
        or low > MOST_HEADER_CONTRARY * high
        or has_any(source, BOTH)
    )


def _evidence(
    source: Source, found: Iterable[Found], label: str
) -> tuple[Evidence, ...]:
    told = [each for each in found if each.cue.label == label]
    told = told or [each for each in found if each.cue.label in MQL_LABELS]
    told.sort(key=lambda each: -each.score)
    return tuple(
        source.evidence(each.cue.id, each.offset) for each in told[:MAX_EVIDENCE]
    )
