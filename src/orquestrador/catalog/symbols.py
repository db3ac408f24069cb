"""Different names of one trading symbol."""

import re

SYNONYMS = (
    ("XAUUSD", "GOLD"),
    ("XAGUSD", "SILVER"),
    ("XTIUSD", "USOIL", "WTI"),
    ("XBRUSD", "UKOIL", "BRENT"),
    ("US30", "DJ30", "WS30"),
    ("US100", "NAS100", "USTEC"),
    ("US500", "SPX500"),
    ("DE40", "GER40", "DAX40"),
)

# A broker's suffix: lower-case letters (`XAUUSDm`, `EURUSDpro`) or anything behind a
# mark (`XAUUSD.a`, `GBPUSD-ECN`, `US30#`). A capital letter begins another symbol:
# BTCUSDT is not BTCUSD.
_SUFFIX = r"(?:[a-z][a-z0-9]{0,5}|[.\-_#+!^][A-Za-z0-9.]{0,8})?"


def same_symbols(asked: str, found: list[str]) -> list[str]:
    """Return those of `found` that name the symbol `asked`, in their order."""
    asked = asked.upper()
    names = next((family for family in SYNONYMS if asked in family), (asked,))
    pattern = re.compile(f"(?i:{'|'.join(map(re.escape, names))}){_SUFFIX}")
    return [symbol for symbol in found if pattern.fullmatch(symbol)]
