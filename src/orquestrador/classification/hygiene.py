"""What a user should know about a source before running it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification import web
from orquestrador.classification.expiry import date_compared
from orquestrador.classification.locks import account_compared
from orquestrador.classification.program import Program

LEAST_DECOMPILED_NAMES = 6
"""Distinct names of a decompiler's making from which a source counts as its work."""

_DECOMPILED = re.compile(
    r"(?:[gGlLaA](?:[a-z]{1,2}|[a-z]{0,2}a)?_(?:[a-z]{1,12}_){0,2}\d{1,5}"
    r"|f0_\d{1,4}|[^\W\d_]{1,6}_\d{1,4}_[a-z]{2}_[0-9A-F]{1,6}|(?:ld|li|ls|lb)_\w?_?[0-9A-F]{2,4})"
)
_TYPED = re.compile(
    r"[^\W\d_]{1,6}_\d{1,4}_(?:do|in|st|bo|da|lo|co|ui|ul|ch)"
    r"|[^\W\d_]{1,6}_(?:do|in|st|bo|da|lo|co|ui|ul|ch)_\d{1,4}"
)
"""Names with the type in them: `total_7_do`, `tmp_in_1`."""

_OFFSET = re.compile(r"[a-z][a-z0-9]{2,11}_(\d{1,4})")
"""Names with a place in memory, a multiple of four: `price_24`, `lots_32`."""

_HEXADECIMAL = frozenset("0123456789ABCDEF")
_TYPES = frozenset({"do", "in", "st", "bo", "da", "lo", "co", "ui", "ul", "ch"})
_BUILT = re.compile(
    r"^[\s/*|#+\-]*(?:this\b[^\r\n]{0,60}\b|[\w ]{0,30}\bcode )?"
    r"(?:was |is |been |has )*(?:automatically |auto-?)?"
    r"generated\s+(?:by|with|using|from)\b"
    r"(?![^\r\n]{0,20}(?:decompil|EX[45]|GPT|\bAI\b|Claude|Gemini|Copilot))"
    r"|created (?:with|by|using):?\s+(?:EA ?Builder|Expert Advisor (?:Builder|Studio)"
    r"|fxDreema|StrategyQuant|(?:Forex )?Strategy Builder|EA ?Studio|Molanis)"
    r"|\b(?:EA (?:Studio|Builder|Generator|Creator)"
    r"|Expert Advisor Generator|Forex EA (?:and|&) Script Generator"
    r"|ForexEAdvisor Strategy Builder|fxDreema|StrategyQuant)\b"
    r"|\((?:auto(?:matically )?-?)?generated\)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""How a builder signs its work, in the header or a property; a chat is no builder."""

_DECOMPILED_BY = re.compile(
    r"(?:generated|decompiled|created)\s+(?:by|with)[^\r\n]{0,30}"
    r"(?:decompil|EX[45][ -]?TO[ -]?MQ)",
    re.IGNORECASE,
)

_BUILDERS = (
    *(
        "enerated",
        "ENERATED",
        "enerator",
        "uilder",
        "BUILDER",
        "EA Studio",
        "EA Generator",
    ),
    *("EA Creator", "Advisor Studio", "xDreema", "StrategyQuant", "Molanis"),
)
"""Of these at least one is in every such signature."""

_HEADER = 4_000


def decompiled_names(program: Program) -> Iterable[int]:
    """Names are a decompiler's: `gi_84`, `lda_20`, `l_ima_8`, `f0_3`.

    With a few of those, `price_24` and its like count too.
    """
    numbered = [
        name
        for name in program.source.counts
        if "_" in name and (name[-1] in _HEXADECIMAL or name[-2:] in _TYPES)
    ][:5_000]
    made = [
        name
        for name in numbered
        if _DECOMPILED.fullmatch(name) or _TYPED.fullmatch(name)
    ]
    if len(made) < LEAST_DECOMPILED_NAMES and 2 * len(made) >= LEAST_DECOMPILED_NAMES:
        made.extend(name for name in numbered if name not in made and _placed(name))
    if len(made) < LEAST_DECOMPILED_NAMES:
        return ()
    return (program.source.names[each] for each in made[:5])


def _placed(name: str) -> bool:
    place = _OFFSET.fullmatch(name)
    return place is not None and int(place[1]) % 4 == 0


def decompiler_signed(program: Program) -> Iterator[int]:
    """A decompiler signs the source in its header."""
    header = program.source.text[:_HEADER]
    if "ecompil" in header or "EX" in header:
        yield from _signed(program, _DECOMPILED_BY)


def builder_signed(program: Program) -> Iterator[int]:
    """A builder signs the source, in its header or a property."""
    if any(map(program.source.text[:_HEADER].__contains__, _BUILDERS)):
        yield from _signed(program, _BUILT)


def _signed(program: Program, signature: re.Pattern[str]) -> Iterator[int]:
    """Yield where the author of a header or a property reads as `signature` says."""
    source = program.source
    header = source.text[:_HEADER]
    spans = [span for span in source.comments[:60] if span[1] < _HEADER]
    spans += [line.span(1) for line in _PROPERTY.finditer(header)]
    for start, end in spans:
        found = signature.search(header[start:end])
        if found is not None:
            yield start + found.start()


_PROPERTY = re.compile(
    r"^[ \t]{0,9}#property[ \t]{1,9}(?:copyright|link|description)[ \t]{1,40}"
    r"\"([^\"\r\n]{1,300})\"",
    re.MULTILINE,
)


def dll_named(program: Program) -> Iterator[int]:
    """A DLL is imported."""
    for name in program.facts.imports:
        if name.lower().endswith(".dll"):
            yield max(0, program.source.text.find(name))


def cut_off(program: Program) -> Iterator[int]:
    """The file ends inside a comment, a string or a block."""
    if program.source.truncated is not None:
        text = program.source.text
        yield max(0, len(text.rstrip()) - 1)


def credential_written(program: Program) -> Iterator[int]:
    """A token, key or password stands in the source."""
    return (start for start, _ in program.secrets)


_OWN = (
    decompiled_names,
    decompiler_signed,
    builder_signed,
    account_compared,
    date_compared,
    dll_named,
    cut_off,
    credential_written,
)

CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    **{each.__name__: each for each in _OWN},
    **web.CHECKS,
}
