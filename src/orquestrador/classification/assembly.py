"""Bytes in, a record out: the pure function that everything else is built around.

A record is a function of the bytes, the suffix of the name and the rules. Nothing is
read, started or kept; a worker process, a script and a cluster call the same code.
"""

import hashlib
import re
from pathlib import PurePosixPath
from typing import NamedTuple

from orquestrador.classification import credentials
from orquestrador.classification.confidence import UNKNOWN, confidence_of
from orquestrador.classification.decoding import Decoded, decode
from orquestrador.classification.facts import collect_facts
from orquestrador.classification.kind import Decision, decide
from orquestrador.classification.language import Reading, read
from orquestrador.classification.lexing import Source
from orquestrador.classification.prop_firm import judge
from orquestrador.classification.rules import Labels, labels_of
from orquestrador.classification.sketching import sketch
from orquestrador.classification.version import classifier_version
from orquestrador.config.own_rules import OwnRules
from orquestrador.config.profiles import Profile, own_profile
from orquestrador.messages import Evidence, Facts, Level, Record, RecordEvidence
from orquestrador.messages.record import unknown_record
from orquestrador.messages.sameness import Sketch

_SURROGATE = re.compile("[\ud800-\udfff]")


class Classified(NamedTuple):
    """What was found out about one content."""

    record: Record
    sketch: Sketch | None
    """None where there is no code, and at level `quick`."""


def classify(
    data: bytes,
    name: str = "",
    *,
    level: Level = "full",
    profile: Profile | None = None,
    own: OwnRules | None = None,
) -> Record:
    """Say what a source file is; never raises, whatever the bytes are.

    Args:
        data: the whole file, undecoded: its encoding is part of the answer.
        name: the record's path; of the rest of the answer only its suffix decides
            something, and only where the content leaves a tie.
        level: `quick` says language, kind and facts, `full` every label.
        profile: the prop firm's that judges programs; None is the default, `ftmo`.
        own: the user's rules, vocabularies and classifiers, as `chosen_own_rules`
            reads them; None is the program's rules alone.

    """
    return classify_and_sketch(data, name, level=level, profile=profile, own=own).record


def classify_and_sketch(
    data: bytes,
    name: str = "",
    *,
    level: Level = "full",
    profile: Profile | None = None,
    own: OwnRules | None = None,
) -> Classified:
    """Say what a source file is, and by what its copies are found; see `classify`."""
    record, sends_orders, source = _classified(data, name, level, own)
    record = record.replace(
        prop_firm=judge(record, profile or own_profile(), sends_orders=sends_orders),
        classifier=classifier_version(profile, own),
    )
    return Classified(record, None if source is None else sketch(source))


def _classified(
    data: bytes, name: str, level: Level, own: OwnRules | None
) -> tuple[Record, bool, Source | None]:
    """Return the record without a verdict, whether the code sends orders, the code.

    Of a file that is no source, and at level `quick`, the code is None.
    """
    decoded = decode(data)
    if decoded.problem:
        return _no_source(data, name, level, decoded, decoded.problem), False, None
    suffix = PurePosixPath(name).suffix.lower()
    reading = read(decoded.text, suffix)
    if reading.language == "unknown":
        return _no_source(data, name, level, decoded, reading.reason), False, None
    facts = collect_facts(reading.source)
    decision = decide(reading.source, reading.language, facts, suffix)
    labels = None
    if level == "full":
        labels = labels_of(reading.source, reading.language, decision.kind, facts, own)
    record = _record(data, name, decoded, reading, decision, facts, labels)
    if labels is None:
        return record, False, None
    return record, labels.sends_orders, reading.source


def _record(  # noqa: PLR0913, PLR0917 -- each step's result is a part of the record
    data: bytes,
    name: str,
    decoded: Decoded,
    reading: Reading,
    decision: Decision,
    facts: Facts,
    labels: Labels | None,
) -> Record:
    problem = labels.problem if labels else None
    return Record(
        path=_valid(name),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        encoding=decoded.encoding,
        language=reading.language,
        language_version=reading.version,
        kind=decision.kind,
        primary=labels.primary if labels else None,
        strategies=labels.strategies if labels else None,
        risk=labels.risk if labels else None,
        hygiene=labels.hygiene if labels else None,
        prop_firm=None,
        symbols=labels.symbols if labels else None,
        timeframes=labels.timeframes if labels else None,
        facts=_facts_shown(facts, reading.source),
        quality=labels.quality if labels else None,
        evidence=RecordEvidence(
            language=_shown(reading.evidence, reading.source),
            kind=_shown(decision.evidence, reading.source),
            symbols=labels.symbol_evidence if labels else (),
            timeframes=labels.timeframe_evidence if labels else (),
        ),
        confidence=confidence_of(reading, decision, labels),
        reason="; ".join(filter(None, [decision.reason, problem])) or None,
        level="full" if labels else "quick",
        classifier=classifier_version(),
    )


def _facts_shown(facts: Facts, source: Source) -> Facts:
    """Return the facts with every credential in them masked."""
    if not credentials.literals(source):
        return facts

    def shown(text: str | None) -> str | None:
        return text and credentials.hidden(source, text)

    inputs = tuple(
        each.replace(default=shown(each.default), comment=shown(each.comment))
        for each in facts.inputs
    )
    return facts.replace(
        name=shown(facts.name),
        author=shown(facts.author),
        link=shown(facts.link),
        description=shown(facts.description),
        inputs=inputs,
        indicators_used=tuple(
            credentials.hidden(source, each) for each in facts.indicators_used
        ),
    )


def _shown(pieces: tuple[Evidence, ...], source: Source) -> tuple[Evidence, ...]:
    """Return evidence with every credential in it masked, as that of labels is."""
    if not credentials.literals(source):
        return pieces
    return tuple(
        each.replace(text=credentials.hidden(source, each.text)) for each in pieces
    )


def _no_source(
    data: bytes, name: str, level: Level, decoded: Decoded, reason: str | None
) -> Record:
    record = unknown_record(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        reason=reason or "unknown",
        level=level,
        classifier=classifier_version(),
    )
    return record.replace(
        path=_valid(name), encoding=decoded.encoding, confidence=UNKNOWN
    )


def _valid(name: str) -> str:
    """Return a name without lone surrogates: a byte that was none of UTF-8 is `%XX`."""
    return _SURROGATE.sub(lambda found: f"%{ord(found[0]) & 0xFF:02X}", name)
