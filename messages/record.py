"""What is known about one file: the record, as INTERFACE.md shows it.

Inside, a record is a message: labels are tuples of structs. Outside, as JSON,
labels with evidence are objects keyed by the label's code; `record_to_json` and
`record_from_json` are the one place that turns one into the other.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from orquestrador.errors import MessageDecodeError
from orquestrador.messages.base import Message

Language = Literal["mql4", "mql5", "mql", "pine", "unknown"]
Kind = Literal[
    "expert",
    "indicator",
    "script",
    "service",
    "library",
    "include",
    "strategy",
    "unknown",
]
Level = Literal["quick", "full"]
Verdict = Literal["ready", "needs_work", "unsuitable", "not_applicable"]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Meta(min_length=64, max_length=64)]


class Evidence(Message, tag=False):
    """Why a label was said."""

    rule: str
    """The rule's id, as in `orquestrador rules list`."""

    line: Annotated[int, Meta(ge=0)]
    """First line of the text, from 1; 0 when the whole file is the evidence."""

    text: Annotated[str, Meta(max_length=240)]
    """The source text that made it so, on one line, shortened with an ellipsis."""


class Label(Message, tag=False):
    """One label of a file and what it rests on."""

    label: str
    """TAXONOMY.md's code."""

    evidence: tuple[Evidence, ...]


class WeightedLabel(Message, tag=False):
    """A strategy of a file, with its share among the file's strategies."""

    label: str
    """TAXONOMY.md's code."""

    weight: Share
    evidence: tuple[Evidence, ...]


class Input(Message, tag=False):
    """A parameter that the user of the program can set."""

    name: str
    type: str | None = None
    default: str | None = None
    """As written in the source."""

    comment: str | None = None


class Facts(Message, tag=False):
    """What the source says about itself; lists are cut at 500 entries."""

    name: str | None = None
    version: str | None = None
    author: str | None = None
    link: str | None = None
    description: str | None = None
    inputs: tuple[Input, ...] = ()
    includes: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    """Compiled libraries named by `#import`."""

    indicators_used: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    """Functions the file defines, in the order of the source."""

    magic_numbers: tuple[int, ...] = ()


class PropFirm(Message, tag=False):
    """A verdict by a named rule profile."""

    profile: str
    version: str
    score: Annotated[int, Meta(ge=0, le=100)]
    level: Verdict
    met: tuple[Label, ...] = ()
    missed: tuple[Label, ...] = ()


class Quality(Message, tag=False):
    """Measures of the source and the score that follows from them: docs/quality.md."""

    score: Annotated[int, Meta(ge=0, le=100)]
    lines: int
    """Code, comment and blank lines together."""

    code_lines: int
    comment_lines: int
    """Lines that hold a comment and no code."""

    blank_lines: int
    comment_share: Share = 0.0
    """Of the lines that are not blank."""

    functions: int = 0
    """Definitions, those that nothing calls included."""

    longest_function: int = 0
    """Lines from its name to its closing brace; 0 without functions."""

    complexity: int = 0
    """Cyclomatic, summed over functions; of Pine Script, the script's own too."""

    worst_complexity: int = 0
    """Of one function; of Pine Script, of the script itself if that is more."""

    magic_literals: int = 0
    """Numbers other than 0, 1 and 2 in functions."""

    duplicated_lines: int = 0
    """Lines of code, not the short ones, that already stood above."""

    strict: bool | None = None
    """Whether MQL4 says `#property strict`; None in the other languages."""

    order_calls: int = 0
    """Calls that send, change or close an order and return whether they could."""

    unchecked_order_calls: int = 0
    """Those of which nothing looks at the result."""


class RecordEvidence(Message, tag=False):
    """Evidence for the parts of a record that are plain values."""

    language: tuple[Evidence, ...] = ()
    kind: tuple[Evidence, ...] = ()
    symbols: tuple[Evidence, ...] = ()
    timeframes: tuple[Evidence, ...] = ()


class Record(Message):
    """What is known about one file."""

    path: str
    """Relative to the library (as given, for `inspect`), with `/`; valid Unicode."""

    sha256: str
    """Of the bytes that were classified; empty when the file could not be read."""

    size: Annotated[int, Meta(ge=0)]
    """Bytes."""

    encoding: str | None
    """Python's name of the codec that read the file; None when it is no text."""

    language: Language
    language_version: int | None
    """Of Pine Script, 1 to 6."""

    kind: Kind
    primary: str | None
    strategies: tuple[WeightedLabel, ...] | None
    """By weight, the heaviest first; None at level `quick`."""

    risk: tuple[Label, ...] | None
    hygiene: tuple[Label, ...] | None
    prop_firm: PropFirm | None
    symbols: tuple[str, ...] | None
    timeframes: tuple[str, ...] | None
    facts: Facts | None
    """None when the file is no source."""

    quality: Quality | None
    evidence: RecordEvidence
    confidence: Share
    reason: str | None
    """Why `language` or `kind` is `unknown`."""

    level: Level
    classifier: str
    """Version of the program and of its rules."""


def unknown_record(
    *, sha256: str, size: int, reason: str, level: Level, classifier: str
) -> Record:
    """Return the record of a file of which nothing is known, with the reason."""
    labels = () if level == "full" else None
    return Record(
        path="",
        sha256=sha256,
        size=size,
        encoding=None,
        language="unknown",
        language_version=None,
        kind="unknown",
        primary=None,
        strategies=labels,
        risk=labels,
        hygiene=labels,
        prop_firm=None,
        symbols=labels,
        timeframes=labels,
        facts=None,
        quality=None,
        evidence=RecordEvidence(),
        confidence=0.0,
        reason=reason,
        level=level,
        classifier=classifier,
    )


_encoder = msgspec.json.Encoder()


def record_to_json(record: Record) -> dict[str, Any]:
    """Return a record as INTERFACE.md's JSON object, keys in its order."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    del plain["type"]
    for key in ("risk", "hygiene"):
        if plain[key] is not None:
            plain[key] = {each["label"]: each["evidence"] for each in plain[key]}
    return plain


def record_json_line(record: Record) -> bytes:
    """Return a record as one line of UTF-8 JSON, without the line's end."""
    return _encoder.encode(record_to_json(record))


def record_from_json(plain: dict[str, Any]) -> Record:
    """Return the record that `record_to_json` wrote.

    Raises:
        MessageDecodeError: if it is no such object; names the field's path.

    """
    plain = dict(plain)
    for key in ("risk", "hygiene"):
        if isinstance(plain.get(key), dict):
            plain[key] = [
                {"label": label, "evidence": evidence}
                for label, evidence in plain[key].items()
            ]
    try:
        return msgspec.convert(plain, Record)
    except msgspec.ValidationError as error:
        raise MessageDecodeError(f"no record: {error}") from error
