"""What an expression is made of: averages, oscillators, prices, bands, hours.

A name is followed to what it is assigned and to the indicator whose values are
copied into it, a call to what the function returns. Where nothing is known of a
name, what it is called counts.
"""

import re
from collections.abc import Iterator

from orquestrador.classification.expressions import arguments
from orquestrador.classification.program import Program

MAX_DEPTH = 6
"""Names that are followed one after the other."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_OPENS = re.compile(r"\s{0,3}\(")
_INDEX = re.compile(r"\s{0,3}\[([^\]]{0,120})\]?")
_PLAIN = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "switch",
        "case",
        "return",
        "int",
        "double",
        "bool",
        "datetime",
        "string",
        "true",
        "false",
        "NULL",
        "MathAbs",
        "NormalizeDouble",
        "Symbol",
        "_Symbol",
        "Period",
        "_Period",
        "Point",
        "_Point",
        "Digits",
        "static",
        "_Digits",
        "i",
        "j",
        "const",
        "MathMax",
        "MathMin",
    ]
)


_ACTIONS = frozenset(
    [
        "OrderSend",
        "OrderClose",
        "OrderModify",
        "OrderDelete",
        "Print",
        "CopyBuffer",
        "CopyRates",
        "CopyClose",
        "CopyOpen",
        "CopyHigh",
        "CopyLow",
        "CopyTime",
        "BarsCalculated",
        "ArraySize",
        "ArrayResize",
        "Bars",
        "iBars",
        "Comment",
        "PositionClose",
        "PositionOpen",
        "Buy",
        "Sell",
        "Alert",
        "iBarShift",
    ]
)
"""Calls whose result says nothing about their arguments."""


def _table(**kinds: str) -> dict[str, str]:
    return {name: kind for kind, names in kinds.items() for name in names.split()}


SOURCES = _table(
    average="iMA iMAOnArray iAMA iDEMA iTEMA iFrAMA iVIDyA iMAGet CiMA SimpleMA CiAMA"
    " CiDEMA CiTEMA ExponentialMA SmoothedMA LinearWeightedMA ExponentialMAOnBuffer"
    " SimpleMAOnBuffer LinearWeightedMAOnBuffer SmoothedMAOnBuffer",
    trend="iIchimoku iSAR iAlligator iGator CiSAR CiIchimoku CiAlligator",
    strength="iADX iADXWilder CiADX",
    oscillator="iRSI iStochastic iWPR iMFI iDeMarker iCCI iRSIOnArray iCCIOnArray CiRSI"
    " CiStochastic CiWPR CiMFI CiCCI CiDeMarker",
    momentum="iMACD iOsMA iMomentum iTriX iRVI iForce iBearsPower iBullsPower iAO iAC"
    " CiMACD CiOsMA CiMomentum CiAO CiAC CiRVI iMomentumOnArray",
    band="iBands iEnvelopes iBandsOnArray iEnvelopesOnArray CiBands CiEnvelopes",
    range="iATR iStdDev iStdDevOnArray CiATR CiStdDev",
    volume="iVolume Volume iOBV iVolumes iAD iChaikin CopyTickVolume CopyRealVolume"
    " tick_volume iBWMFI CiOBV iTickVolume iRealVolume real_volume",
    open="iOpen Open open CopyOpen",
    close="iClose Close close CopyClose",
    high="iHigh High high CopyHigh",
    low="iLow Low low CopyLow",
    highest="iHighest Highest ArrayMaximum",
    lowest="iLowest Lowest ArrayMinimum",
    pattern="iFractals CiFractals",
    quote="Ask Bid SYMBOL_ASK SYMBOL_BID MODE_ASK MODE_BID ask bid SYMBOL_LAST",
    hour="Hour TimeHour hour Minute TimeMinute StrToTime StringToTime",
    day="DayOfWeek TimeDayOfWeek day_of_week Day TimeDay",
    time="Time iTime TimeCurrent TimeLocal CopyTime",
    placed="OrderOpenPrice POSITION_PRICE_OPEN PriceOpen",
    profit="OrderProfit POSITION_PROFIT AccountProfit ACCOUNT_PROFIT AccountEquity"
    " AccountBalance ACCOUNT_EQUITY ACCOUNT_BALANCE AccountFreeMargin",
    count="OrdersTotal PositionsTotal OrderType OrderMagicNumber OrderSymbol",
    spread="MODE_SPREAD SYMBOL_SPREAD",
    object="ObjectGetDouble ObjectGet ObjectGetValueByShift",
)
"""What the platform's functions and variables give."""

_CUSTOM = (
    (
        "trend",
        (
            r"trend|hull|\bhma|jma|jurik|slope|heik[ei]n|alligator|kama|nrtr|chandelier"
            r"|step_?ma|nonlag|t3|average|\b[a-z]{0,4}ma\b|renko|ichimoku|sar\b|_ma\b|tma"
        ),
    ),
    ("pattern", r"zig|fractal|pivot|support|resist|fibo|pattern|candle|supply|engulf"),
    (
        "momentum",
        r"macd|momentum|qqe|trix|roc\b|awesome|tsi\b|osma|laguerre|schaff|stc",
    ),
    ("oscillator", r"rsi|stoch|cci\b|wpr|williams|demark"),
    ("band", r"bands?\b|bollinger|envelope|\btma"),
    ("volume", r"volume|vwap|obv"),
    ("highest", r"donchian|price.?channel|breakout"),
    ("range", r"atr\b|volatil|stddev"),
)
_CUSTOM_NAMES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _CUSTOM
)
_CALLED = (
    (
        "average",
        re.compile(
            r"(?:^|_)[efslwg]?ma(?:\d|_|$)|(?:fast|slow|[a-z])_?[ES]?MA(?:\d|_|$|[A-Z])|^MA[_\d]|[Mm]oving_?[Aa]v|EMA|SMA|[Ee]ma[FSA\d_]|[a-z]Ema|[a-z]Ma\d?$"
        ),
    ),
    (
        "trend",
        re.compile(
            r"[Tt]rend|TREND|[Kk]ijun|[Tt]enkan|[Ss]enkou|[Ss]lope|[Ss]ar(?:$|[A-Z_\[])|\bhull",
        ),
    ),
    (
        "strength",
        re.compile(
            r"^adx|[aA]dx(?:$|[A-Z_])|ADX|[pP]lusD[iI]|[mM]inusD[iI]|[dD]i_?[pP]lus|[dD]i_?[mM]inus"
        ),
    ),
    (
        "oscillator",
        re.compile(
            r"[Rr]si(?:$|[A-Z_\d])|RSI|[Ss]toch|STOCH|CCI|[Cc]ci(?:$|[A-Z_\d])|[Ww]pr|WPR|[Ww]illiams|[Oo]ver(?:[bB]ought|[sS]old)"
        ),
    ),
    ("momentum", re.compile(r"[Mm]acd|MACD|[Mm]oment|[Oo]sma|OsMA")),
    (
        "upper",
        re.compile(
            r"(?:[Uu]pper|[Uu]p|[Tt]op)_?[Bb]and|[Bb]and_?[Uu]p|BB_?[Uu]p|bb_?[Uu]p|[Bb]oll\w{0,9}[Uu]p|[Uu]pper_?BB"
        ),
    ),
    (
        "lower",
        re.compile(
            r"(?:[Ll]ower|[Ll]ow|[Dd]own|[Dd]n|[Bb]ot\w{0,3})_?[Bb]and|[Bb]and_?(?:[Ll]ow|[Dd])|BB_?(?:[Ll]o|[Dd])|bb_?(?:[Ll]o|[Dd])|[Bb]oll\w{0,9}[Ll]ow|[Ll]ower_?BB"
        ),
    ),
    ("range", re.compile(r"^atr|ATR|[a-z_]Atr(?:$|[A-Z_])|[Ss]td_?[Dd]ev|[Vv]olatil")),
    ("volume", re.compile(r"[Vv]wap|VWAP|[Tt]ick_?[Vv]ol|[Oo]bv")),
    (
        "pattern",
        re.compile(
            r"[Ee]ngulf|[Pp]in_?[Bb]ar|[Dd]oji|[Hh]ammer|[Ff]ractal|[Zz]ig_?[Zz]ag|[Pp]ivot|[Ss]upport|[Rr]esist|[Ff]ibo|[Pp]attern|[Ss]wing_?(?:[Hh]igh|[Ll]ow)|[Ii]nside_?[Bb]ar"
        ),
    ),
    (
        "highest",
        re.compile(
            r"(?:[Rr]ange|[Bb]ox|[Ss]ession|[Aa]sian?|[Dd]ay|[Cc]hannel|[Dd]onchian)_?(?:[Hh]igh|[Tt]op|[Uu]p|[Mm]ax)|[Hh]igh(?:est)?_?(?:[Rr]ange|[Bb]ox|[Hh]igh|[Pp]rice)|[Hh]ighest|[Bb]reak_?[Oo]ut|[Mm]ax_?[Pp]rice"
        ),
    ),
    (
        "lowest",
        re.compile(
            r"(?:[Rr]ange|[Bb]ox|[Ss]ession|[Aa]sian?|[Dd]ay|[Cc]hannel|[Dd]onchian)_?(?:[Ll]ow|[Bb]ot|[Dd]own|[Mm]in)|[Ll]ow(?:est)?_?(?:[Rr]ange|[Bb]ox|[Ll]ow|[Pp]rice)|[Ll]owest|[Mm]in_?[Pp]rice"
        ),
    ),
    ("deviation", re.compile(r"[Zz]_?[Ss]core")),
    ("hour", re.compile(r"[Hh]our")),
)


class Terms:
    """Answers what the expressions of one program are made of."""

    def __init__(self, program: Program) -> None:
        """Begin with nothing known."""
        self._program = program
        self._of_name: dict[str, frozenset[str]] = {}
        self._copied = _copied(program)

    def of(self, expression: str, depth: int = 0) -> frozenset[str]:
        """Return the kinds of things that an expression holds."""
        found: set[str] = set()
        at = 0
        while (name := _NAME.search(expression, at)) is not None:
            at = name.end()
            word = name[0]
            if word in _PLAIN:
                continue
            called = _OPENS.match(expression, at)
            if called is not None and word in _ACTIONS:
                at = _closing(expression, called.end())
                continue
            if called is not None:
                passed = arguments(expression, called.end())
                found |= self._called(word, passed, depth)
                # What an indicator is computed from is its own matter.
                if word in SOURCES or word == "iCustom":
                    at = _closing(expression, called.end())
                continue
            index = _INDEX.match(expression, at)
            if index is not None:
                if _EXTREME_INDEX.search(index[1]):
                    found |= self._indexed(index[1])
                    word = ""
                at = index.end()
            if word:
                found |= self.of_name(word, depth)
        if "average" in found and _moved(expression):
            found = found - {"average"} | {"band"}
        return frozenset(found)

    def of_name(self, name: str, depth: int = 0) -> frozenset[str]:
        """Return the kinds of things that a name stands for."""
        source = SOURCES.get(name)
        if source is not None:
            return (
                frozenset((source, name))
                if source == "oscillator"
                else frozenset((source,))
            )
        known = self._of_name.get(name)
        if known is not None:
            return known
        # A name that is computed from itself says nothing more.
        self._of_name[name] = frozenset()
        found: set[str] = set()
        if depth < MAX_DEPTH:
            for kind in self._values(name, depth):
                found |= kind
        if name in self._program.inputs:
            # A length, a level or a switch is called after what it is for.
            found = {"hour"} & _by_name(name)
        else:
            called = _by_name(name)
            if "average" in found and called & _LINES:
                # An average moved up or down is a band, and its name says which.
                found = found - {"average"} | called & _LINES
            if not found - _WEAK or "deviation" in called:
                found |= called
        result = self._of_name[name] = frozenset(found)
        return result

    def _values(self, name: str, depth: int) -> Iterator[frozenset[str]]:
        program = self._program
        for _, value in program.assignments(name)[:8]:
            yield self.of(value, depth + 1)
        for handle, place in self._copied.get(name, ())[:4]:
            kinds = self.of(handle, depth + 1)
            if "band" in kinds:
                kinds = (kinds - {"band"}) | {_BUFFERS.get(place, "band")}
            yield kinds
        if name in program.functions:
            body = program.functions[name]
            for at in program.offsets("return"):
                if body.start <= at < body.end:
                    yield self.of(program.expression(at + 6), depth + 1)
        declared = _class_of(program, name)
        if declared is not None:
            yield frozenset((declared,))

    def _called(self, name: str, passed: tuple[str, ...], depth: int) -> frozenset[str]:
        if name == "iCustom":
            return self._custom(passed)
        source = SOURCES.get(name)
        if source == "band" and len(passed) > 5:
            mode = passed[-2]
            return frozenset((_MODES.get(mode.rpartition("_")[2], "band"),))
        if source == "oscillator":
            return frozenset((source, name))
        if source is not None:
            return frozenset((source,))
        return self.of_name(name, depth)

    def _custom(self, passed: tuple[str, ...]) -> frozenset[str]:
        # The name's letters are blanked in the code: the facts have them.
        names = list(self._program.facts.indicators_used)
        if len(passed) > 2 and not passed[2].startswith('"'):
            names.append(passed[2])
        found = {
            kind
            for kind, pattern in _CUSTOM_NAMES
            for name in names
            if name not in SOURCES and pattern.search(name)
        }
        return frozenset(found or {"custom"})

    def _indexed(self, index: str) -> frozenset[str]:
        return frozenset(
            ("highest",) if re.search("ighest|axim", index) else ("lowest",)
        )


_EXTREME_INDEX = re.compile(r"ighest|owest|ArrayM[ai][xn]imum")
_WEAK = frozenset({"count", "time", "object"})
_MODES = {"UPPER": "upper", "LOWER": "lower", "MAIN": "average", "0": "average"} | {
    "1": "upper",
    "2": "lower",
}
_BUFFERS = {"0": "average", "1": "upper", "2": "lower"} | {
    "BASE_LINE": "average",
    "UPPER_BAND": "upper",
    "LOWER_BAND": "lower",
    "UPPER_LINE": "upper",
    "LOWER_LINE": "lower",
}


def _closing(expression: str, start: int) -> int:
    """Return where the parenthesis ends that was opened just before `start`."""
    depth = 1
    for mark in _PARENTHESIS.finditer(expression, start):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return mark.end()
    return len(expression)


_PARENTHESIS = re.compile(r"[()]")
_LINES = frozenset({"upper", "lower"})
_FACTOR = re.compile(r"[\w)\]]\s{0,3}\*\s{0,3}[\w(]")
_SMALL = re.compile(r"[Pp]oint|[Pp]ip")


def _moved(expression: str) -> bool:
    """Whether an average is moved by more than a few points: it is a band then."""
    return (
        _FACTOR.search(expression) is not None
        and ("+" in expression or "-" in expression)
        and not _SMALL.search(expression)
        and len(expression) < _MAX_MOVED
    )


_MAX_MOVED = 100


def _by_name(name: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _CALLED if pattern.search(name))


def _class_of(program: Program, name: str) -> str | None:
    """Return what an object of the standard library's indicators gives."""
    for at in program.offsets(name, 2):
        words = program.before(at, 40).split()
        if words:
            kind = SOURCES.get(words[-1].rstrip("*"))
            if kind is not None and words[-1].startswith("Ci"):
                return kind
    return None


def _copied(program: Program) -> dict[str, list[tuple[str, str]]]:
    """Return from which handle and buffer each array gets its values."""
    found: dict[str, list[tuple[str, str]]] = {}
    for call in program.calls("CopyBuffer"):
        if len(call.arguments) == 5:
            name = _NAME.match(call.arguments[4])
            if name is not None:
                each = (call.arguments[0], call.arguments[1])
                found.setdefault(name[0], []).append(each)
    for function, source in _SERIES:
        for call in program.calls(function):
            if len(call.arguments) == 5:
                name = _NAME.match(call.arguments[4])
                if name is not None:
                    found.setdefault(name[0], []).append((source, ""))
    return found


_SERIES = (
    ("CopyClose", "Close"),
    ("CopyOpen", "Open"),
    ("CopyHigh", "High"),
    ("CopyLow", "Low"),
    ("CopyTickVolume", "tick_volume"),
    ("CopyRealVolume", "real_volume"),
    ("CopyTime", "Time"),
)
