"""Which spellings name the same symbol."""

import pytest

from orquestrador.catalog.symbols import same_symbols


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("XAUUSD", "XAUUSD"),
        ("XAUUSD", "GOLD"),
        ("GOLD", "XAUUSD"),
        ("xauusd", "XAUUSDm"),
        ("XAUUSD", "XAUUSD.a"),
        ("XAUUSD", "GOLDmicro"),
        ("XAUUSD", "XAUUSD.ECN"),
        ("EURUSD", "EURUSDpro"),
        ("EURUSD", "EURUSD-ECN"),
        ("US30", "US30#"),
        ("US30", "DJ30"),
        ("EURUSD", "eurusd"),
    ],
)
def test_is_the_same_symbol(asked: str, found: str) -> None:
    assert same_symbols(asked, ["OTHER", found]) == [found]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("BTCUSD", "BTCUSDT"),
        ("US30", "US300"),
        ("EURUSD", "XEURUSD"),
        ("XAUUSD", "XAUEUR"),
        ("EUR", "EURUSD"),
        ("GOLD", "GOLDEN GATE"),
        ("XAUUSD.a", "XAUUSD"),
        (".*", "EURUSD"),
        ("", "EURUSD"),
    ],
)
def test_is_another_symbol(asked: str, found: str) -> None:
    assert same_symbols(asked, [found]) == []
