"""What kind of program a source is: its event handlers and declarations decide.

The facts of `config/rules/kind.toml` say which handlers a file defines, what its
properties declare and whether it trades; the order of the questions below is the
rule. How often each answer was right on labelled sources is its confidence.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from orquestrador.classification.cues import Cues, Found, load_cues
from orquestrador.classification.language import PINE_DECLARATION
from orquestrador.classification.lexing import Source
from orquestrador.messages import Evidence, Facts, Kind, Language

MAX_EVIDENCE = 5

PINE_KINDS: dict[str, Kind] = {
    "indicator": "indicator",
    "study": "indicator",
    "strategy": "strategy",
    "library": "library",
}
INCLUDED_KIND = re.compile(r"(?:^|[\W_])(expert|indicator|script)", re.IGNORECASE)
"""A program whose handlers sit in an include often includes one of this name."""

SERIES = frozenset({"Close", "Open", "High", "Low", "iClose", "iOpen", "iHigh", "iLow"})


class Decision(NamedTuple):
    """The kind of a source and what it rests on."""

    kind: Kind
    rule: str
    """Which question decided."""

    evidence: tuple[Evidence, ...]
    reason: str | None = None
    """Why the kind is unknown."""


def decide(
    source: Source, language: Language, facts: Facts, suffix: str = ""
) -> Decision:
    """Return the kind of a source.

    Args:
        source: what was lexed.
        language: what it was found to be in.
        facts: what it says about itself.
        suffix: of the file's name, in lower case with its dot.

    """
    if language == "unknown":
        return Decision("unknown", "kind.unknown", ())
    if language == "pine":
        return _pine(source)
    structure = Structure(source, facts, suffix)
    kind, labels, rule = _mql(structure)
    evidence = structure.evidence(labels)
    return Decision(kind, rule, evidence or (_whole(source, rule),))


class Structure:
    """Which facts of the cue file hold for a source."""

    def __init__(self, source: Source, facts: Facts, suffix: str) -> None:
        """Look for every fact once."""
        self.source = source
        self.facts = facts
        self.suffix = suffix
        self.found: dict[str, list[Found]] = {}
        for each in _cues().find(source):
            self.found.setdefault(each.cue.label, []).append(each)

    def has(self, *labels: str) -> bool:
        """Tell whether one of the facts holds."""
        return any(label in self.found for label in labels)

    def uses(self, names: Iterable[str]) -> bool:
        """Tell whether one of the names stands in the code."""
        return any(name in self.source.counts for name in names)

    def evidence(self, labels: Iterable[str]) -> tuple[Evidence, ...]:
        """Return the lines on which these facts rest."""
        return tuple(
            self.source.evidence(each.cue.id, each.offset)
            for label in labels
            for each in self.found.get(label, ())
        )[:MAX_EVIDENCE]


@cache
def _cues() -> Cues:
    return Cues(load_cues("kind"))


Answer = tuple[Kind, tuple[str, ...], str]


def _mql(it: Structure) -> Answer:
    if it.suffix == ".mqh":
        return "include", (), "kind.header"
    return _declared(it) or _handled(it) or _old_start(it) or _elsewhere(it)


def _declared(it: Structure) -> Answer | None:
    """Ask for a declaration that leaves no doubt."""
    for kind in ("service", "library"):
        if it.has(kind):
            return kind, (kind,), f"kind.declared_{kind}"
    return None


def _handled(it: Structure) -> Answer | None:
    """Ask which handlers of the newer kind the file defines."""
    indicator = it.has("indicator_property")
    if it.has("on_calculate"):
        return "indicator", ("on_calculate", "indicator_property"), "kind.on_calculate"
    if it.has("on_tick"):
        return "expert", ("on_tick",), "kind.on_tick"
    if it.has("on_start") and not indicator:
        return "script", ("on_start",), "kind.on_start"
    if it.has("start") or indicator:
        return None
    if it.has("event", "init"):
        return "expert", ("event", "init"), "kind.events_only"
    return None


def _old_start(it: Structure) -> Answer | None:
    """Ask what MQL4's `start()` serves: every kind of program had it."""
    buffers = it.has("buffers") and not it.has("sends")
    if it.has("indicator_property") or (it.has("start") and buffers):
        labels = ("indicator_property", "buffers")
        return "indicator", labels, "kind.indicator_property"
    if not it.has("start"):
        return None
    if it.has("script_property") and not (it.has("init") and it.has("sends")):
        return "script", ("script_property",), "kind.script_property"
    if _acts_once(it):
        return "script", ("start", "dropped"), "kind.acts_once"
    return "expert", ("start", "sends", "trades"), "kind.start"


def _acts_once(it: Structure) -> bool:
    """Tell whether `start()` has nothing that looks at the market again and again."""
    if it.has("init") or it.facts.inputs:
        return False
    if it.has("dropped"):
        return True
    opens = it.uses(["OrderSend"])
    looks = it.facts.indicators_used or it.uses(SERIES) or it.uses(["OrdersTotal"])
    return it.has("sends") and (not opens or not looks)


def _elsewhere(it: Structure) -> Answer:
    """Ask what a file without a handler of its own is for."""
    if it.has("exports"):
        return "library", ("exports",), "kind.exports"
    if it.has("script_property"):
        return "script", ("script_property",), "kind.script_property"
    if it.has("own_start"):
        return "script", ("own_start",), "kind.own_handler"
    if it.has("own_tick"):
        return "expert", ("own_tick",), "kind.own_handler"
    return _included(it)


def _included(it: Structure) -> Answer:
    """Ask what a program takes its handlers from; a fragment is an include."""
    if it.suffix in {".mq4", ".mq5"}:
        names = filter(None, map(INCLUDED_KIND.search, it.facts.includes))
        for name in names:
            return INCLUDED[name[1].lower()], ("include",), "kind.included"
        if it.has("trades") or it.facts.inputs:
            return "expert", ("trades",), "kind.no_handler_trades"
    return "include", (), "kind.no_handler"


INCLUDED: dict[str, Kind] = {
    "expert": "expert",
    "indicator": "indicator",
    "script": "script",
}


def _whole(source: Source, rule: str) -> Evidence:
    """Return the file as evidence of an absence, shown by its first line of code."""
    code = source.code
    first = len(code) - len(code.lstrip())
    text = source.evidence(rule, first).text if first < len(code) else ""
    return Evidence(rule=rule, line=0, text=text)


def _pine(source: Source) -> Decision:
    match = PINE_DECLARATION.search(source.code)
    if match:
        rule = f"kind.pine.{match[1]}"
        shown = (source.evidence(rule, match.start(1)),)
        return Decision(PINE_KINDS[match[1]], rule, shown)
    for name, kind in (("strategy.entry", "strategy"), ("plot", "indicator")):
        if name in source.counts:
            rule = f"kind.pine.calls_{name}"
            shown = (source.evidence(rule, source.names[name]),)
            return Decision(PINE_KINDS[kind], rule, shown)
    reason = "Pine Script without indicator(), strategy() or library()"
    return Decision("unknown", "kind.unknown", (), reason)
