"""What the classes say that a program builds on and that are not in its file.

An expert that is put together from a library's signal classes compares nothing by
itself: which signal it takes is the name of the class. The standard library's are
`CSignalMA`, `CSignalMACD`, ...; others are told as indicators by their names are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program
from orquestrador.classification.term_names import CUSTOM, SOURCES

MAX_CLASSES = 60
"""Classes of one program that are looked at."""

_BUILT = re.compile(
    r"\bnew\s{1,3}(?P<made>[A-Z]\w{1,60})\b"
    r"|^[ \t]{0,8}(?P<held>[A-Z]\w{1,60})\s{1,20}\*?\s?"
    r"(?P<object>[A-Za-z_]\w{0,60})\s{0,3};",
    re.MULTILINE,
)
_DEFINED = re.compile(r"\b(?:class|struct|enum)\s{1,20}(\w{1,60})")
_PREFIX = re.compile(r"^C?(?:Signal|Expert|Signals)?(?=[A-Z])")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PANEL = re.compile(
    r"Dialog|Panel|Window|Control|Combo|Button|Chart|Telegram|Bot\b|Label|Canvas|Gui|GUI"
)


_MANAGES = re.compile(
    r"PositionSiz|Trade(?:Panel|Pad|Assist|Manag|Copier)|OrderManag|Copier|TradingPanel"
)


def absent_classes(program: Program) -> Mapping[str, int]:
    """Return the classes that are used and defined elsewhere, and where first.

    None of a program that opens positions or draws lines itself.
    """
    return program.answer(_absent, None)


def _absent(program: Program, _: None) -> Mapping[str, int]:
    program = program.whole
    # What opens positions or draws lines itself is told by what it computes.
    draws = program.kind == "indicator" and program.has("SetIndexBuffer")
    if draws or opens(program) or not (program.facts.includes or program.facts.imports):
        return {}
    code = program.code
    defined = set(_DEFINED.findall(code)) if program.has("class") else set[str]()
    found: dict[str, int] = {}
    for built in _BUILT.finditer(code):
        name = built["made"] or built["held"]
        if name not in defined and len(found) < MAX_CLASSES:
            found.setdefault(name, built.start("made" if built["made"] else "held"))
    return found


def _of_kinds(program: Program, kinds: frozenset[str]) -> Iterator[int]:
    for name, offset in absent_classes(program).items():
        if name in SOURCES:
            continue
        core = _PREFIX.sub("", name)
        known = SOURCES.get(f"i{core}")
        words = " ".join(_WORD.findall(core)).replace("Break Out", "Breakout")
        said = (
            {known}
            if known
            else {kind for kind, pattern in CUSTOM if pattern.search(words)}
        )
        if said & kinds:
            yield offset


def trend_class(program: Program) -> Iterator[int]:
    """A class of a trend's signal is used that stands elsewhere."""
    return _of_kinds(program, frozenset({"average", "trend", "strength"}))


def momentum_class(program: Program) -> Iterator[int]:
    """A class of a momentum's signal is used that stands elsewhere."""
    return _of_kinds(program, frozenset({"momentum"}))


def reversion_class(program: Program) -> Iterator[int]:
    """A class of an oscillator's or a band's signal is used that stands elsewhere."""
    return _of_kinds(program, frozenset({"oscillator", "band"}))


def breakout_class(program: Program) -> Iterator[int]:
    """A class of a breakout's signal is used that stands elsewhere."""
    return _of_kinds(program, frozenset({"highest"}))


def pattern_class(program: Program) -> Iterator[int]:
    """A class of a chart pattern's signal is used that stands elsewhere."""
    return _of_kinds(program, frozenset({"pattern"}))


def panel_class(program: Program) -> Iterator[int]:
    """A panel, a window or a messenger whose class stands elsewhere is all there is."""
    for name, offset in absent_classes(program).items():
        if _PANEL.search(name):
            yield offset


def managing_class(program: Program) -> Iterator[int]:
    """A class of another file that manages positions is all there is."""
    for name, offset in absent_classes(program).items():
        if _MANAGES.search(name):
            yield offset


def runs_elsewhere(program: Program) -> bool:
    """Whether the program hands its ticks to an object whose class is not there."""
    absent = absent_classes(program)
    held = [
        built["object"]
        for built in _BUILT.finditer(program.whole.code)
        if absent and built["object"] and built["held"] in absent
    ]
    return any(
        _HANDED.match(program.code, at + len(name))
        for name in held
        for at in program.offsets(name, 24)
    )


_HANDED = re.compile(r"\s{0,3}\.\s{0,3}[Oo]n_?(?:New)?(?:Tick|Bar)\s{0,3}\(")


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        trend_class,
        momentum_class,
        reversion_class,
        breakout_class,
        pattern_class,
        panel_class,
        managing_class,
    )
}
