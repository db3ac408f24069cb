"""What decides the entries of an MQL program: a slice backwards from its orders.

What is only drawn, trailed or closed decides no entry. From the calls that open
positions backwards, the conditions around them are kept, the calls of the functions
they stand in, and what is assigned to the names in these conditions; the rest is
blanked.
"""

import re
from collections.abc import Iterable, Iterator

from orquestrador.classification.expressions import arguments
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program
from orquestrador.classification.statements import Body, body_at

MAX_OPENINGS = 32
"""Openings, and calls of one function that opens, that are followed."""

MAX_NAMES = 160
"""Names that are followed."""

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RECEIVED = re.compile(r"[A-Za-z_]\w*(?:\s*\[[^\]]*\])?\s*=\s*$")
_BRANCH = re.compile(r"\b(?:if|while|for|switch|case|else)\b|\?")
_END = re.compile(r"[;{}]")
_RETURN = re.compile(r"\breturn\b")
_COPIES = {
    "CopyBuffer": 4,
    "CopyRates": 4,
    "CopyClose": 4,
    "CopyOpen": 4,
    "CopyHigh": 4,
    "CopyLow": 4,
    "CopyTickVolume": 4,
    "CopyRealVolume": 4,
    "ArrayCopy": 0,
    "SymbolInfoTick": 1,
    "TimeToStruct": 1,
    "TimeCurrent": 0,
    "TimeLocal": 0,
}
"""Functions that fill one of their arguments, and its place."""

_PLAIN = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "switch",
        "case",
        "return",
        "true",
        "false",
        "int",
        "double",
        "bool",
        "string",
        "datetime",
        "NULL",
        "Symbol",
        "_Symbol",
        "Period",
        "_Period",
        "Point",
        "_Point",
        "Ask",
        "Bid",
        "Digits",
        "_Digits",
        "Close",
        "Open",
        "High",
        "Low",
        "Volume",
        "Time",
        "i",
        "Bars",
        "magic",
        "Magic",
        "MagicNumber",
        "ticket",
        "MathAbs",
        "NormalizeDouble",
        "OrderSelect",
    ]
)
_SIDED = re.compile(
    r"(?:^|_|[a-z])(?:[Bb]uy|BUY|[Ss]ell|SELL|Long|Short)(?:$|_|[A-Z\d])"
    r"|^(?:[Oo]pen|[Ss]end|[Pp]lace|[Ee]nter|[Ee]xecute|[Nn]ew)_?"
    r"(?:[A-Z]\w{0,12})?(?:[Oo]rder|[Pp]osition|[Tt]rade|[Dd]eal|[Mm]arket)"
)
_ELSE = re.compile(
    r"[Cc]lose|[Cc]ount|[Tt]otal|[Mm]odif|[Tt]rail|[Cc]heck|[Gg]et|[Ii]s[A-Z]|[Dd]elete"
    r"|[Ss]ignal|[Pp]rice|[Pp]rofit|[Dd]raw|^i[A-Z]|^(?:OP|ORDER|POSITION|DEAL|SYMBOL)_"
    r"|[Ss]top[Ll]|[Cc]ond|[Ll]ast|[Hh]as|[Cc]an[A-Z]|[Ff]ind|[Cc]alc|[Aa]llow"
    r"|^[Ss]et|[Mm]ax|[Mm]in[A-Z]"
)


_RUNS = frozenset({"expert", "script", "service"})
_HANDLERS = ("OnTick", "OnStart", "OnTimer", "OnInit", "OnCalculate", "start", "init")
_ALERTS = ("Alert", "SendNotification", "SendMail", "PlaySound")


def openings(program: Program) -> tuple[int, ...]:
    """Return where positions are opened, also by functions of missing includes."""
    return program.answer(_openings, None)


def _openings(program: Program, _: None) -> tuple[int, ...]:
    known = tuple(order.offset for order in opens(program))
    if not known:
        return tuple(sorted(_opened_elsewhere(program)))
    # What is opened in the tester alone gives a manager something to manage.
    return tuple(at for at in known if not _only_tested(program, at))


def _only_tested(program: Program, at: int) -> bool:
    """Whether an order is sent under the condition that a test is run."""
    before = program.before(at, MAX_TESTED)
    for condition in _TESTED.finditer(before):
        depth = 0
        for mark in _BLOCKS.finditer(before, condition.end()):
            depth += {"{": 1, "}": -1}.get(mark[0], 0)
            if depth < 1:
                break
        else:
            return depth > 0 or ";" not in before[condition.end() :]
    return False


MAX_TESTED = 400
"""Characters in front of an order in which a test is asked for."""

_TESTED = re.compile(
    r"\bif\s{0,3}\(\s{0,3}(?:IsTesting\(\)|MQLInfoInteger\(\s{0,3}MQL_TESTER\s{0,3}\))"
)
_BLOCKS = re.compile(r"[{};]")


def _opened_elsewhere(program: Program) -> Iterator[int]:
    defined = {head.name for head in program.definitions}
    for name in program.counts:
        if name not in defined and _SIDED.search(name) and not _ELSE.search(name):
            yield from (call.offset for call in program.calls(name))


def deciding(program: Program) -> Program:
    """Return an MQL program narrowed to what decides its entries.

    Of a program that opens nothing, what decides its signals is kept. Indicators and
    fragments that open nothing come back unchanged.
    """
    if program.is_pine or program.kind == "indicator":
        return program
    starts = openings(program)
    if not starts:
        if program.kind not in _RUNS or not any(map(program.has, _HANDLERS)):
            return program
        starts = _signals(program)
    return program.narrowed(*Slice(program).of(starts))


def _signals(program: Program) -> tuple[int, ...]:
    """Return where a program tells of a signal: alerts, messages, arrows."""
    found = [call.offset for call in program.calls(*_ALERTS)]
    found += [
        at
        for name in program.counts
        if name.startswith("OBJ_ARROW")
        for at in program.offsets(name, 8)
    ]
    return tuple(sorted(found))


class Slice:
    """The statements of one program that lead to its entries."""

    def __init__(self, program: Program) -> None:
        """Begin with nothing."""
        self._program = program
        self._kept: set[tuple[int, int]] = set()
        self._names: set[str] = set()
        self._waiting: list[tuple[str, Body | None]] = []
        self._openers: set[str] = set()
        self._foreign: set[int] = set()
        self._filled = _filled(program)

    def of(self, starts: Iterable[int]) -> tuple[str, str]:
        """Return the code with all that leads not to these places blanked, and less."""
        starts = tuple(starts)[:MAX_OPENINGS]
        if not opens(self._program):
            # What a function of a missing include is handed may decide.
            self._foreign.update(starts)
        for offset in starts:
            self._lead_to(offset)
        for order in opens(self._program)[:MAX_OPENINGS]:
            body = body_at(self._program, order.offset)
            self._follow(order.side or "", body)
            self._follow(_waiting_price(self._program, order.offset), body)
        while self._waiting and len(self._names) < MAX_NAMES:
            self._define(*self._waiting.pop())
        return self._text()

    def _lead_to(self, offset: int) -> None:
        """Keep what guards a place, and the calls of the function it stands in."""
        body = body_at(self._program, offset)
        number = body.at(offset) if body is not None else -1
        if body is None or number < 0:
            return
        statement = body.statements[number]
        end = statement.end if offset in self._foreign else offset
        front = self._program.code[statement.start : end]
        front = _RECEIVED.sub("", front)
        if end > offset or _BRANCH.search(front):
            self._keep(statement.start, statement.start + len(front), body)
        for other in (*body.guards(number), *body.leaving(number)):
            guard = body.statements[other]
            self._keep(guard.start, guard.end, body)
        name = body.head.name
        if name not in self._openers:
            self._openers.add(name)
            for call in self._program.calls(name)[:MAX_OPENINGS]:
                if call.offset != body.head.start:
                    self._lead_to(call.offset)

    def _keep(self, start: int, end: int, body: Body | None) -> None:
        if (start, end) not in self._kept:
            self._kept.add((start, end))
            self._follow(self._program.code[start:end], body)

    def _follow(self, text: str, body: Body | None) -> None:
        for name in _NAME.findall(text):
            if name not in self._names and name not in _PLAIN:
                self._names.add(name)
                self._waiting.append((name, body))

    def _define(self, name: str, body: Body | None) -> None:
        """Keep where a name gets its value."""
        program = self._program
        if body is not None and name in body.parameters:
            self._pass(name, body)
        for offset, _ in program.assignments(name):
            self._keep_at(offset)
        for offset in self._filled.get(name, ()):
            self._keep_at(offset)
        if name not in program.functions:
            return
        for head in program.definitions:
            if head.name == name:
                self._returned(body_at(program, head.start))

    def _returned(self, body: Body | None) -> None:
        if body is None:
            return
        code = self._program.code
        for number, each in enumerate(body.statements):
            if _RETURN.search(code, each.start, each.end):
                self._keep(each.start, each.end, body)
                for guard in body.guards(number):
                    around = body.statements[guard]
                    self._keep(around.start, around.end, body)

    def _pass(self, name: str, body: Body) -> None:
        place = body.parameters.index(name)
        for call in self._program.calls(body.head.name)[:MAX_OPENINGS]:
            if call.offset != body.head.start and place < len(call.arguments):
                value = call.arguments[place]
                self._follow(value, body_at(self._program, call.offset))
                at = self._program.code.find(value, call.offset, call.offset + 600)
                if at >= 0:
                    self._keep(call.offset, at + len(value), None)

    def _keep_at(self, offset: int) -> None:
        body = body_at(self._program, offset)
        number = body.at(offset) if body is not None else -1
        if body is None or number < 0:
            code, low = self._program.code, max(0, offset - 300)
            start = max(code.rfind(sign, low, offset) for sign in ";{}")
            end = _END.search(code, offset, offset + 300)
            if end is not None:
                self._keep(start + 1 if start >= 0 else offset, end.start(), None)
            return
        each = body.statements[number]
        self._keep(each.start, each.end, body)
        for guard in body.guards(number):
            around = body.statements[guard]
            self._keep(around.start, around.end, body)

    def _text(self) -> tuple[str, str]:
        code = self._program.code
        parts: list[str] = []
        done = 0
        for start, end in sorted(self._kept):
            begin = max(start, done)
            # A separate statement stays one: a semicolon for what ended it.
            if begin < end:
                gap = begin - done
                parts.append(";" + " " * (gap - 1) if gap else "")
                parts.append(code[begin:end])
                done = end
        parts.append(" " * (len(code) - done))
        return "".join(parts), ";".join(parts[1::2])


def _waiting_price(program: Program, offset: int) -> str:
    """Return the code of the price at which a pending order waits."""
    opening = program.code.find("(", offset, offset + 40)
    name = program.code[offset:opening].strip() if opening >= 0 else ""
    place = _PRICE_PLACES.get(name)
    if place is None:
        return ""
    passed = arguments(program.code, opening + 1)
    return passed[place] if place < len(passed) else ""


_PRICE_PLACES = {"OrderSend": 3, "BuyStop": 1, "SellStop": 1} | {
    "BuyLimit": 1,
    "SellLimit": 1,
    "OrderOpen": 3,
}


def _filled(program: Program) -> dict[str, list[int]]:
    """Return where names are filled by being handed to a function."""
    found: dict[str, list[int]] = {}
    for function, place in _COPIES.items():
        for call in program.calls(function):
            if place < len(call.arguments):
                name = _NAME.match(call.arguments[place])
                if name is not None:
                    found.setdefault(name[0], []).append(call.offset)
    return found
