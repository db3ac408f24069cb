"""The symbols a source is written for."""

import re
from collections.abc import Iterator, Mapping

from orquestrador.classification.program import Program

MAX_TARGETS = 6
"""More symbols than these are a list to choose from, not what the code is for."""

_CURRENCIES = "EUR|USD|GBP|JPY|CHF|AUD|NZD|CAD"
_PAIR = (
    rf"(?:{_CURRENCIES})(?:{_CURRENCIES})|(?:XAU|XAG|BTC|ETH|LTC|XRP)(?:USDT|USD|EUR)"
    r"|GOLD|SILVER|US30|US100|US500|NAS100|USTEC|GER30|GER40|DAX|SPX500|DJ30|UK100"
    r"|USOIL|UKOIL|XTIUSD|XBRUSD|WTI|BTC|ETH"
)
_PARTS = (
    *_CURRENCIES.split("|"),
    *("GOLD", "SILVER", "US", "NAS", "GER", "DAX", "SPX", "DJ", "UK", "WTI"),
    *("BTC", "ETH"),
)
"""Of these at least one is in every symbol."""

_SYMBOL = re.compile(rf"(?:\w{{2,10}}:)?({_PAIR})(?:[._#]?[a-zA-Z]{{0,5}}[.#+-]?)?")
_IN_TEXT = re.compile(
    rf"(?<![A-Za-z])((?:{_CURRENCIES})(?:{_CURRENCIES})|XAUUSD|XAGUSD|BTCUSDT?|ETHUSDT?)"
    r"(?:m|\.[a-z]{1,4})?(?![A-Za-z])"
)
_WORDS = frozenset({"GOLD", "SILVER", "DAX", "WTI", "BTC", "ETH"})
"""Symbols that are words too: the code must use them as a symbol."""

_ALIASES: Mapping[str, str] = {"GOLD": "XAUUSD", "SILVER": "XAGUSD"}
_ASKS = re.compile(
    r"(?:Symbol\s{0,3}\(\s{0,3}\)|_Symbol|[sS]ymbol\w{0,20}|syminfo\.\w{1,12}|_?[pP]air\w{0,12}|"
    r"OrderSymbol\s{0,3}\(\s{0,3}\)|SYMBOL\w{0,20}|smb|StringFind\s{0,3}\([^()]{0,40}(?:\(\s{0,3}\)){0,1}\s{0,3},|"
    r"request\.security\s{0,3}\(|security\s{0,3}\(|i[A-Z]\w{1,20}\s{0,3}\()"
    r"\s{0,80}(?:==|!=|=|,|)\s{0,9}$"
)
_MAX_STRINGS = 5_000


def found(program: Program) -> dict[str, int]:
    """Return each symbol and where it stands, sorted by symbol.

    A symbol counts where the code asks for it: as the symbol that is compared,
    assigned or passed. Six at most: a longer list is a watch list.
    """
    named: dict[str, int] = {}
    for symbol, offset in _named(program):
        named.setdefault(symbol, offset)
        if len(named) > MAX_TARGETS:
            return {}
    return dict(sorted(named.items()))


def _named(program: Program) -> Iterator[tuple[str, int]]:
    text = program.source.text
    spans = program.source.strings[:_MAX_STRINGS]
    literals = [text[start:end] for start, end in spans]
    # Most sources name none: one look at all their strings together says so.
    together = "\n".join(literals)
    if not any(map(together.__contains__, _PARTS)):
        return
    for (start, end), literal in zip(spans, literals, strict=True):
        if end - start < 3:
            continue
        whole = _SYMBOL.fullmatch(literal) if end - start <= 24 else None
        if whole is not None:
            if whole[1] not in _WORDS or _ASKS.search(
                program.code[max(0, start - 120) : start - 1]
            ):
                yield _ALIASES.get(whole[1], whole[1]), start
            continue
        for token in _IN_TEXT.finditer(literal, 0, 400):
            yield token[1], start + token.start()
