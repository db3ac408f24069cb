"""What the code is written for, not what a list mentions."""

from collections.abc import Callable

from orquestrador.classification.rules import Labels

MakeLabels = Callable[..., Labels]


def _symbols(labels: MakeLabels, text: str, language: str = "mql4") -> tuple[str, ...]:
    return labels(text, language).symbols


def test_a_symbol_that_the_code_compares_is_its_target(labels: MakeLabels):
    text = 'void OnTick() { if (Symbol() == "XAUUSD.m") return; }'

    assert _symbols(labels, text) == ("XAUUSD",)


def test_a_brokers_name_of_gold_counts_where_it_is_used_as_a_symbol(labels: MakeLabels):
    used = 'void OnTick() { if (Symbol() == "GOLD") return; }'
    said = 'void OnTick() { Print("GOLD"); }'

    assert _symbols(labels, used) == ("XAUUSD",)
    assert _symbols(labels, said) == ()


def test_a_symbol_in_an_input_or_a_message_counts(labels: MakeLabels):
    text = (
        'input string InpSymbol   = "EURUSD";\nvoid OnTick() { Alert("buy GBPUSD"); }'
    )

    assert _symbols(labels, text) == ("EURUSD", "GBPUSD")


def test_a_comment_names_no_symbol(labels: MakeLabels):
    assert _symbols(labels, "// for EURUSD\nvoid OnTick() { }") == ()


def test_a_watch_list_names_no_target(labels: MakeLabels):
    pairs = ["EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF"]
    listed = ", ".join(f'"{each}"' for each in pairs)

    assert _symbols(labels, "string pairs[] = {" + listed + "};") == ()


def test_each_symbol_has_its_evidence(labels: MakeLabels):
    found = labels('int a;\nvoid OnTick() { if (Symbol() == "EURUSD") return; }')

    assert [piece.line for piece in found.symbol_evidence] == [2]
