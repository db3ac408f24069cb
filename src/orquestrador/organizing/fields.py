"""What the convention's fields are for one file, by what the catalog knows of it."""

import re
from typing import NamedTuple

from orquestrador.library import suffix_of
from orquestrador.messages import Record
from orquestrador.organizing.template import NameTemplate, Parsed
from orquestrador.sameness import cleaning
from orquestrador.sameness.places import stem_of

PREFIXES = {
    "expert": "EA",
    "indicator": "IND",
    "script": "SCR",
    "library": "LIB",
    "service": "SRV",
    "include": "INC",
    "strategy": "STR",
}
FOLDERS = {
    "expert": "EAs",
    "indicator": "Indicators",
    "script": "Scripts",
    "library": "Libraries",
    "service": "Services",
    "include": "Include",
    "strategy": "Strategies",
}
SOURCES = {
    "mql4": "MQL4_Source",
    "mql5": "MQL5_Source",
    "pine": "TradingView_Scripts/Pine_Script_Source",
}
READY = "FTMO_Ready"
"""In place of the strategy, for experts that a prop firm's rules would let in."""

NO_STRATEGY = "Others"
MANY_MARKETS = "MULTI"

_LANGUAGES = {"mql4": "MQL4", "mql5": "MQL5", "pine": "Pine"}
_SUFFIXES = {"mql4": ".mq4", "mql5": ".mq5", "pine": ".pine"}
_BY_STRATEGY = frozenset({"expert", "indicator", "strategy"})
"""Of the others there are few, and what they trade is not what they are for."""

_SPELLED = {"smc_ict": "SMC_ICT"}
_ALIASES = {"GOLD": "XAUUSD", "SILVER": "XAGUSD"}
_CURRENCY = "(?:EUR|USD|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|MXN|ZAR|TRY|SGD|BRL)"
_CLASSES = (
    ("FOREX", re.compile(f"{_CURRENCY}{{2}}")),
    ("METALS", re.compile(r"(?:XAU|XAG|XPT|XPD)[A-Z]{3}")),
    ("CRYPTO", re.compile(r"(?:BTC|ETH|LTC|XRP)\w{0,5}")),
    ("INDICES", re.compile(r"(?:US|NAS|GER|DE|UK|SPX|DJ|WS)\d{2,3}|USTEC|DAX")),
)
_NAMED_SYMBOL = re.compile(
    f"{_CURRENCY}{{2}}|XAUUSD|XAGUSD|BTCUSDT?|ETHUSDT?|US30|US100|US500|NAS100|GER40"
)


class Fields(NamedTuple):
    """What goes into a file's name and folder."""

    prefix: str
    name: str
    number: int | None
    """The one it has by an earlier plan, where names were taken."""

    version: str
    market: str
    language: str
    source: str
    kind: str
    strategy: str
    """Empty for kinds that are not told apart by it."""

    suffix: str
    """With its dot."""

    def named(self) -> dict[str, str]:
        """Return the fields of the templates."""
        texts = self._asdict()
        del texts["number"], texts["suffix"]
        return texts


def reason_to_leave(record: Record) -> str | None:
    """Return why a file has no place in the convention, or None."""
    if record.language == "unknown" or record.kind not in PREFIXES:
        return record.reason or "nothing says what it is"
    if not record.sha256:
        return record.reason or "it could not be read"
    return None


def fields_of(record: Record, raw: bytes, template: NameTemplate) -> Fields:
    """Return the fields of a file.

    Args:
        record: what is known of its content; `reason_to_leave` has none for it.
        raw: its raw name.
        template: tells the parts of a name that follows it already.

    """
    stem = stem_of(raw)
    parsed = template.parse(stem)
    market = _market(record, stem, parsed)
    language = _language(record, suffix_of(raw), raw)
    return Fields(
        prefix=PREFIXES[record.kind],
        name=_name(record, stem, parsed, market),
        number=None if parsed is None else parsed.number,
        version=_version(record, stem, parsed),
        market=market,
        language=_LANGUAGES[language],
        source=SOURCES[language],
        kind=FOLDERS[record.kind],
        strategy=_strategy(record, raw),
        suffix=_suffix(record, raw, language),
    )


def _name(record: Record, stem: str, parsed: Parsed | None, market: str) -> str:
    own = cleaning.clean(stem if parsed is None else parsed.name, market)
    if cleaning.means_something(own):
        return own
    facts = record.facts
    stated = cleaning.clean((facts.name if facts else None) or "", market)
    # A title from the source must give the same name when it has become the file's.
    if cleaning.means_something(stated) and len(stated) > 2:
        return stated
    return own or f"{_LANGUAGES.get(record.language, 'MQL')}_{record.sha256[:8]}"


def _version(record: Record, stem: str, parsed: Parsed | None) -> str:
    stated = cleaning.stated_version(record.facts.version if record.facts else None)
    if stated is not None:
        return str(stated)
    if parsed is not None and parsed.version is not None:
        # Its own word, before what looks like one in the rest: "V1" may be a name.
        return str(cleaning.stated_version(parsed.version) or cleaning.FIRST)
    own = cleaning.named_version(stem if parsed is None else parsed.name)
    return str(own or cleaning.FIRST)


def _market(record: Record, stem: str, parsed: Parsed | None) -> str:
    symbols = record.symbols or ()
    if len(symbols) == 1:
        symbol = re.sub(r"[^A-Z0-9]", "", symbols[0].upper())[:12]
        return _ALIASES.get(symbol, symbol) if len(symbol) > 1 else MANY_MARKETS
    if symbols:
        return _class_of(symbols)
    if parsed is not None and parsed.market is not None:
        return _ALIASES.get(parsed.market, parsed.market)
    words = re.split(r"[\W_]+", stem.upper())
    named = {word for word in words if _NAMED_SYMBOL.fullmatch(word)}
    return named.pop() if len(named) == 1 else MANY_MARKETS


def _class_of(symbols: tuple[str, ...]) -> str:
    for name, pattern in _CLASSES:
        if all(pattern.fullmatch(symbol.upper()) for symbol in symbols):
            return name
    return MANY_MARKETS


def _language(record: Record, suffix: str, raw: bytes) -> str:
    # MetaTrader goes by the ending: an `.mq5` is of no use among MQL4's.
    by_suffix = {".mq4": "mql4", ".mq5": "mql5", ".pine": "pine"}.get(suffix)
    if by_suffix is not None:
        return by_suffix
    if record.language != "mql":
        return record.language
    # Valid for both: it belongs where it stands.
    return "mql5" if b"MQL5" in raw.upper() else "mql4"


def _strategy(record: Record, raw: bytes) -> str:
    if record.kind not in _BY_STRATEGY:
        return ""
    if record.kind == "expert" and _is_ready(record, raw):
        return READY
    if record.primary is None:
        return NO_STRATEGY
    return _SPELLED.get(record.primary) or "_".join(
        word.capitalize() for word in record.primary.split("_")
    )


def _is_ready(record: Record, raw: bytes) -> bool:
    if record.prop_firm is not None:
        return record.prop_firm.level == "ready"
    # Not judged: who put it there has judged it.
    return READY.encode() in raw.split(b"/")[:-1]


def _suffix(record: Record, raw: bytes, language: str) -> str:
    suffix = suffix_of(raw)
    if suffix not in {"", ".txt"}:
        return suffix
    if record.kind == "include":
        return ".mqh"
    return _SUFFIXES[language]
