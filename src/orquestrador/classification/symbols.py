"""The symbols a source is written for."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from orquestrador.classification.program import Program

MAX_TARGETS = 8
"""More symbols than these are a list to choose from, not what the code is for."""

MAX_LISTED = 3
"""More symbols than these in one array, or as many in one text, are a list."""

_CURRENCIES = "EUR|USD|GBP|JPY|CHF|AUD|NZD|CAD"
_MONEY = (
    f"{_CURRENCIES}|SEK|NOK|DKK|SGD|HKD|MXN|ZAR|TRY|PLN|CNH|CNY|HUF|CZK"
    "|RUB|BRL|INR|THB|ILS|RON"
)
_COINS = "BTC|ETH|LTC|XRP|BNB|SOL|ADA|DOGE|DOT|BCH|AVAX|LINK|XLM|XMR|TRX|UNI"
_INDICES = (
    "US30|US100|US500|US2000|NAS100|USTEC|GER30|GER40|DE30|DE40|SPX500|DJ30|UK100"
    "|JP225|FRA40|EU50|AUS200|HK50|NDX100|SP500|STOXX50|ESP35"
)
_FULL = (
    rf"(?:{_CURRENCIES})(?:{_MONEY})|(?:XAU|XAG|XPT|XPD)(?:USD|EUR)"
    rf"|(?:{_COINS})(?:USDT|USDC|USD|EUR)|X(?:TI|BR|NG)USD|{_INDICES}"
)
_PAIR = rf"{_FULL}|GOLD|SILVER|DAX|USOIL|UKOIL|WTI|NATGAS|BTC|ETH"
_PARTS = (
    *_CURRENCIES.split("|"),
    *("GOLD", "SILVER", "OIL", "DAX", "WTI", "XTI", "XBR", "XNG", "NATGAS", "XA"),
    *("NDX100", "SP500", "STOXX50", "ESP35", "XP", "BTC", "ETH"),
    *("US30", "US100", "US500", "US2000", "USTEC", "NAS100", "GER", "DE30", "DE40"),
    *("SPX", "DJ30", "UK100", "JP225", "FRA40", "EU50", "AUS200", "HK50"),
)
"""Of these at least one is in every symbol."""

_SYMBOL = re.compile(
    rf"(?:\w{{2,10}}:|[#.])?({_PAIR})(?:[._#]?[a-zA-Z]{{0,5}}[.#+-]?|:\w{{1,6}}|\.P)?"
)
_IN_TEXT = re.compile(rf"(?<![A-Za-z])({_FULL})(?:m|\.[a-z]{{1,4}})?(?![A-Za-z0-9])")
_WORDS = frozenset({"GOLD", "SILVER", "DAX", "WTI", "BTC", "ETH"})
"""Symbols that are words too: the code must use them as a symbol."""

_TITLED_WORDS = frozenset(each.capitalize() for each in _WORDS)

_METALS: Mapping[str, str] = {"XAU": "XAUUSD", "XAG": "XAGUSD"}
_ALIASES: Mapping[str, str] = {"GOLD": "XAUUSD", "SILVER": "XAGUSD"}
_OTHER = re.compile(r"(?:\w{2,12}:)?([A-Z][A-Z0-9_]{2,11}!?)(?:\.[A-Z]{1,4}|:\w{1,6})?")
"""What may be a symbol where the code leaves no doubt that it asks for one."""

_NO_SYMBOL = frozenset(
    {"NULL", "NONE", "AUTO", "ALL", "CURRENT", "DEFAULT", "OFF", "YES", "TRUE", "FALSE"}
    | {"BUY", "SELL", "LONG", "SHORT", "SYMBOL", "PAIR", "PAIRS", "CHART", "ANY"}
)
_OWN = r"(?:Symbol\s{0,3}\(\s{0,3}\)|_Symbol|syminfo\.\w{1,12})"
_ASKS = re.compile(
    rf"(?:{_OWN}|[sS]ymbol\w{{0,20}}|_?[pP]air\w{{0,12}}|"
    r"OrderSymbol\s{0,3}\(\s{0,3}\)|SYMBOL\w{0,20}|smb|"
    r"StringFind\s{0,3}\([^()]{0,40}(?:\(\s{0,3}\)){0,1}\s{0,3},|"
    r"security\s{0,3}\(|i[A-Z]\w{1,20}\s{0,3}\()"
    r"\s{0,80}(?:==|!=|=|,|)\s{0,9}$"
)
_ASKS_SURELY = re.compile(
    rf"(?:{_OWN}\s{{0,3}}[=!]=|\bi(?:Open|High|Low|Close|Time|Volume|MA|RSI|ATR|CCI)"
    r"\s{0,3}\(|\bsecurity\s{0,3}\((?:\s{0,3}symbol\s{0,3}=)?|input\.symbol\s{0,3}\("
    r"(?:\s{0,3}defval\s{0,3}=)?|\b(?:SymbolSelect|AddSymbol|OrderSend)\s{0,3}\(|"
    r"\bstring\s{1,40}\w{0,20}(?:[sS]ymbol|SYMBOL|[pP]air|[iI]nstrument)\w{0,12}"
    r"\s{0,40}=)\s{0,9}$"
)
_EXCHANGE_ASKED = re.compile(r"\binput\s{0,3}\((?:\s{0,3}defval\s{0,3}=)?\s{0,3}$")
_OWN_SEARCHED = re.compile(rf"StringFind\s{{0,3}}\(\s{{0,3}}{_OWN}\s{{0,3}},\s{{0,3}}$")
_TITLED = re.compile(
    r"\b(?:strategy|indicator|study)\s{0,3}\(\s{0,9}(?:title\s{0,3}=\s{0,3})?$"
)
_PINE_FUNCTION = re.compile(
    r"^(\w{1,60})[ \t]{0,3}\(([^()\n]{1,200})\)[ \t]{0,3}=>"
    r"([^\n]*+(?:\n(?:[ \t]++[^\n]*+)?)*+)",
    re.MULTILINE,
)
_REQUESTS = re.compile(
    r"\bsecurity\s{0,3}\(\s{0,9}(?:symbol\s{0,3}=\s{0,3})?(\w{1,60})"
)
_TICKER = re.compile(r"\s{0,9}[\"'](?:\w{2,12}:)?([A-Z][A-Z0-9_]{1,19}!?)[\"']")
_DESCRIBED = re.compile(r"#property\s{1,9}description\s{1,20}$")
_TITLE_WORD = re.compile(r"\b(BTC|ETH|GOLD|SILVER|XAU|XAG)\b")
_SEARCHED = re.compile(r"\bstr\.contains\s{0,3}\([^()]{1,80},\s{0,3}$")
_FACT_ASKED = re.compile(
    r"(?:MarketInfo|SymbolInfo(?:Double|Integer))\s{0,3}\(\s{0,3}$"
)
_PRICE_ASKED = re.compile(r"\"\s{0,3},\s{0,3}(?:MODE|SYMBOL)_(?:BID|ASK|LAST)\b")
_GIVEN = re.compile(r"([^\W\d]\w{0,60})\s{0,40}=\s{0,9}$")
_COMPARED = re.compile(
    r"==\s{0,3}$|StringFind\s{0,3}\([^()]{0,40}(?:\(\s?\))?,\s{0,3}$"
)
_NUMBER_GIVEN = re.compile(r"\)\s{0,9}\{?\s{0,9}\w{1,40}\s{0,3}=\s{0,3}[\d.]{1,12}\s?;")
_NUMBER_RETURNED = re.compile(
    r"\)\s{0,9}\{?\s{0,9}return\s{0,3}\(?\s{0,3}(?!0\s?\)?\s?;)[\d.]{1,12}\s?\)?\s?;"
)
_LEFT = re.compile(r"\)\s{0,9}\{?\s{0,9}return\s{0,3}(?:\(\s{0,3}0?\s{0,3}\)|0)?\s?;")
_EXAMPLE = re.compile(
    r"(?:\blike|\be\.g\.?|\bex[.:]|such as|for (?:example|instance)|por exemplo)"
    r"[\s'`(:]{0,6}$",
    re.IGNORECASE,
)
"""What stands before a symbol that only shows how one is written."""

_EQUALS = re.compile(r"==\s{0,3}\"")
_MAX_STRINGS = 5_000
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def found(program: Program, names: Mapping[str, str] = _NO_NAMES) -> dict[str, int]:
    """Return each symbol and where it stands, sorted by symbol.

    A symbol counts where the code asks for it: as the symbol that is compared,
    assigned or passed; where it asks for none, one that a message names. A longer
    list than `MAX_TARGETS` is a watch list.

    Args:
        program: the source.
        names: the user's names of symbols, in capitals, and the symbols.

    """
    requested = dict(_requested(program)) if program.is_pine else {}
    asked: dict[str, int] = {}
    said: dict[str, int] = {}
    for symbol, offset, is_message in _named(program, names):
        named = said if is_message else asked
        symbol = names.get(symbol) or _ALIASES.get(symbol, symbol)  # noqa: PLW2901 -- one name of it for the other
        named.setdefault(symbol, offset)
        if len(named) > MAX_TARGETS:
            return {}
    if asked and _is_mapping(program):
        return {}
    return dict(sorted({**(asked or said), **requested}.items()))


def _requested(program: Program) -> Iterator[tuple[str, int]]:
    """Yield what is handed to a function that requests prices of its parameter.

    Each is requested, however many they are: no list to choose from.
    """
    if "request.security" not in program.counts and "security" not in program.counts:
        return
    text = program.source.text
    for function in _PINE_FUNCTION.finditer(program.code):
        parameters = [each.split()[-1:] for each in function[2].split(",")]
        requested = {each[1] for each in _REQUESTS.finditer(function[3])}
        if not parameters[0] or parameters[0][0] not in requested:
            continue
        for call in program.calls(function[1]):
            opening = program.code.find("(", call.offset) + 1
            ticker = _TICKER.match(text, opening)
            if ticker is not None:
                yield ticker[1], ticker.start(1)


def _is_mapping(program: Program) -> bool:
    """Whether one name is searched for more texts than a program has targets."""
    searched = Counter(
        call.arguments[0]
        for call in program.calls("str.contains", "StringFind")
        if len(call.arguments) > 1 and call.arguments[1][:1] in {'"', "'"}
    )
    return max(searched.values(), default=0) > 2 * MAX_TARGETS


def _named(
    program: Program, names: Mapping[str, str]
) -> Iterator[tuple[str, int, bool]]:
    """Yield each symbol, where it stands, and whether it is but a word of a text."""
    text = program.source.text
    spans = program.source.strings[:_MAX_STRINGS]
    literals = [text[start:end] for start, end in spans]
    # Most sources name none: one look at all their strings together says so.
    together = "\n".join(literals)
    known = any(map(together.__contains__, _PARTS))
    for (start, end), literal in zip(spans, literals, strict=True):
        if names and literal.upper() in names:
            if not _passing(program, literal, start):
                yield literal.upper(), start, False
            continue
        if end - start < 3 or not (
            known or literal.isupper() or literal in _TITLED_WORDS
        ):
            continue
        for symbol, at in _in_literal(program, literal, start):
            if not _passing(program, literal, start):
                yield symbol, at, at > start and not literal.isupper()
    for include in program.facts.includes:
        for token in _IN_TEXT.finditer(include.upper(), 0, 200):
            at = text.find(include[token.start(1) : token.end(1)])
            yield token[1], max(0, at), True


def _in_literal(
    program: Program, literal: str, start: int
) -> Iterator[tuple[str, int]]:
    """Yield the symbols of one string and where they stand."""
    written = literal.upper() if literal in _TITLED_WORDS else literal
    whole = _SYMBOL.fullmatch(written) if len(literal) <= 24 else None
    if whole is not None:
        if whole[1] not in _WORDS or _ASKS.search(program.before(start - 1, 120)):
            yield whole[1], start
        return
    if len(literal) <= 24 and (literal.isupper() or ":" in literal):
        other = _other(program, literal, start)
        if other is not None:
            yield other, start
            return
    if literal.isupper() and len(_IN_TEXT.findall(literal, 0, 400)) >= MAX_LISTED:
        return
    for token in _IN_TEXT.finditer(literal, 0, 400):
        if not _EXAMPLE.search(literal[: token.start()]):
            yield token[1], start + token.start()
    word = _TITLE_WORD.search(literal, 0, 400)
    titled = _TITLED if program.is_pine else _DESCRIBED
    if word is not None and titled.search(program.before(start - 1, 60)):
        yield _METALS.get(word[1], word[1]), start + word.start()


def _other(program: Program, literal: str, start: int) -> str | None:
    """Return a symbol that is none of the well-known, asked for beyond doubt."""
    before = program.before(start - 1, 80)
    # Most words in capitals are no argument and no value: no pattern need look.
    if not before.rstrip().endswith(("(", "=", ",")):
        return None
    if literal in _METALS:
        return _METALS[literal] if _OWN_SEARCHED.search(before) else None
    whole = _OTHER.fullmatch(literal)
    if whole is None or whole[1] in _NO_SYMBOL:
        return None
    asked = _ASKS_SURELY.search(before) or (
        program.is_pine and ":" in literal and _EXCHANGE_ASKED.search(before)
    )
    return whole[1] if asked else None


def _passing(program: Program, literal: str, start: int) -> bool:
    """Whether a symbol is only mentioned: in a table, for its digits, in a dead name.

    What a dead function says is blank in the live code, its quotes too.
    """
    if program.code[start - 1].isspace():
        return True
    before = program.before(start - 1, 120)
    if _FACT_ASKED.search(before):
        return _PRICE_ASKED.search(program.code, start, start + 60) is None
    if program.is_pine and _SEARCHED.search(before):
        # Several names that the chart's own is searched for are a table of classes.
        return program.counts.get("str.contains", 0) >= MAX_LISTED
    given = _GIVEN.search(before)
    if given is not None and not program.is_pine:
        return " " in literal and program.counts.get(given[1]) == 1
    return _tabled(program, start, before) or _listed(program, start)


def _tabled(program: Program, start: int, before: str) -> bool:
    """Whether a comparison only maps symbols to numbers: `return 0.01`, `digits = 2`.

    One symbol that sets a number is what the code is for; three that set the same,
    or that the code leaves at once, are a class of symbols.
    """
    if not _COMPARED.search(before):
        return False
    ahead = re.split(r"[;}]", program.code[start : start + 300], maxsplit=1)[0] + ";"
    if _NUMBER_RETURNED.search(ahead):
        return True
    if not (_NUMBER_GIVEN.search(ahead) or _LEFT.search(ahead)):
        return False
    statement = re.split(r"[;{}]", program.before(start, 300))[-1] + ahead
    return len(_EQUALS.findall(statement)) >= MAX_LISTED


def _listed(program: Program, start: int) -> bool:
    """Whether a string is one of a longer array."""
    opening = program.code.rfind("{", max(0, start - 400), start)
    if opening < 0 or not program.before(opening, 20).rstrip().endswith("="):
        return False
    closing = program.code.find("}", start, start + 1_000)
    end = closing if closing >= 0 else start + 1_000
    return program.code.count(",", opening, end) >= MAX_LISTED
