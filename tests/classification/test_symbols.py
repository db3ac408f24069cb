"""What the code is written for, not what a list mentions."""

from collections.abc import Callable

from orquestrador.classification.rules import Labels

MakeLabels = Callable[..., Labels]

_METALS_AND_OIL = ("XAUUSD", "XAGUSD", "USOIL")


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


def test_a_message_names_the_symbol_where_the_code_asks_for_none(labels: MakeLabels):
    message = 'void OnTick() { Alert("buy GBPUSD"); }'
    asked = 'input string InpSymbol   = "EURUSD";\n'

    assert _symbols(labels, message) == ("GBPUSD",)
    assert _symbols(labels, asked + message) == ("EURUSD",)


def test_a_comment_names_no_symbol(labels: MakeLabels):
    assert _symbols(labels, "// for EURUSD\nvoid OnTick() { }") == ()


def test_the_exchange_and_the_brokers_ending_are_no_part_of_a_symbol(
    labels: MakeLabels,
):
    asked = 'plot(request.security("BINANCE:BTCUSDT", "D", close))'
    pine = '//@version=5\nindicator("x")\n' + asked

    assert _symbols(labels, pine, "pine") == ("BTCUSDT",)
    assert _symbols(labels, 'string s = "US30.cash"; void OnTick() { Use(s); }') == (
        "US30",
    )


def test_any_name_is_a_symbol_where_prices_are_asked_of_it(labels: MakeLabels):
    pine = '//@version=5\nindicator("x")\nplot(request.security("TVC:DXY", "D", close))'
    word = '//@version=5\nindicator("x")\nkind = input.string("SMA")\nplot(close)'

    assert _symbols(labels, pine, "pine") == ("DXY",)
    assert _symbols(labels, word, "pine") == ()


def test_the_title_of_a_pine_script_names_a_coin(labels: MakeLabels):
    text = '//@version=5\nstrategy(title="BTC swing")\nplot(close)'

    assert _symbols(labels, text, "pine") == ("BTC",)


def test_an_array_of_many_symbols_is_a_list_to_choose_from(labels: MakeLabels):
    few = 'string pairs[] = {"EURUSD", "GBPUSD"}; void OnTick() { Use(pairs); }'
    many = (
        'string pairs[] = {"EURUSD", "GBPUSD", "USDJPY", "AUDUSD"};'
        "void OnTick() { Use(pairs); }"
    )

    assert _symbols(labels, few) == ("EURUSD", "GBPUSD")
    assert _symbols(labels, many) == ()


def test_a_watch_list_of_inputs_names_no_target(labels: MakeLabels):
    bases = ["EUR", "GBP", "AUD", "NZD"]
    pairs = [f"{base}{quote}" for base in bases for quote in ("USD", "CAD", "CHF")]
    inputs = "".join(
        f'input string S{at} = "{pair}";\n' for at, pair in enumerate(pairs)
    )

    assert _symbols(labels, inputs + "void OnTick() { }") == ()
    assert len(_symbols(labels, inputs[: 7 * 29] + "void OnTick() { }")) == 7


def test_a_symbol_asked_only_for_its_digits_is_no_target(labels: MakeLabels):
    digits = 'void OnTick() { if (MarketInfo("EURUSD", MODE_DIGITS) == 5) Use(); }'
    price = 'void OnTick() { if (MarketInfo("EURUSD", MODE_BID) > 1) Use(); }'

    assert _symbols(labels, digits) == ()
    assert _symbols(labels, price) == ("EURUSD",)


def test_symbols_that_only_choose_a_number_are_a_table(labels: MakeLabels):
    classes = (
        'void OnTick() { if (Symbol() == "USDJPY" || Symbol() == "EURJPY" '
        '|| Symbol() == "GBPJPY") places = 2; }'
    )
    table = (
        'double Pip(string name) { if (name == "EURUSD") return (0.0001); return 0; }'
        "void OnTick() { Use(Pip(Symbol())); }"
    )
    guard = 'int start() { if (Symbol() != "EURUSD") return (0); return (1); }'

    assert _symbols(labels, classes) == ()
    assert _symbols(labels, table) == ()
    assert _symbols(labels, guard) == ("EURUSD",)


def test_a_text_that_nothing_uses_names_no_target(labels: MakeLabels):
    text = 'string note = "set for EURUSD H1"; void OnTick() { Use(); }'

    assert _symbols(labels, text) == ()


def test_a_dead_function_names_no_target(labels: MakeLabels):
    text = 'void OnTick() { Use(); }\nvoid Old() { if (Symbol() == "EURUSD") Use(); }'

    assert _symbols(labels, text) == ()


def test_each_symbol_has_its_evidence(labels: MakeLabels):
    found = labels('int a;\nvoid OnTick() { if (Symbol() == "EURUSD") return; }')

    assert [piece.line for piece in found.symbol_evidence] == [2]


def test_names_that_a_pine_chart_is_searched_for_are_a_table(labels: MakeLabels):
    tests = [f'str.contains(syminfo.ticker, "{name}")' for name in _METALS_AND_OIL]
    table = "kind = " + " ? 1 : ".join(tests) + " ? 1 : 0\nplot(kind)\n"

    assert labels('indicator("x")\n' + table, "pine", "indicator").symbols == ()
    one = f'indicator("x")\nplot({tests[0]} ? 1 : 0)\n'
    assert labels(one, "pine", "indicator").symbols == ("XAUUSD",)


def test_a_name_that_is_searched_for_many_texts_is_mapped_not_asked(
    labels: MakeLabels,
):
    searched = [
        f'if str.contains(syminfo.ticker, "{name}")\n    market := {number}\n'
        for number, name in enumerate(["XAUUSD", *(f"CORN_{n}" for n in range(20))])
    ]
    head = "//@version=5\nindicator('x')\nvar market = 0\n"

    assert _symbols(labels, head + "".join(searched), "pine") == ()
    assert _symbols(labels, head + searched[0], "pine") == ("XAUUSD",)


def test_what_a_function_requests_prices_of_is_a_symbol_however_many(
    labels: MakeLabels,
):
    asked = "\n".join(f'p{n} = price("AMEX:XL{n}")' for n in "ABCDEFGHIJ")
    pine = (
        '//@version=5\nindicator("x")\nprice(ticker) =>\n'
        f'    request.security(ticker, "D", close)\n{asked}\nplot(pA)'
    )
    shown = pine.replace("request.security(ticker", "label.new(ticker")

    assert _symbols(labels, pine, "pine") == tuple(f"XL{n}" for n in "ABCDEFGHIJ")
    assert _symbols(labels, shown, "pine") == ()


def test_a_symbol_that_shows_how_one_is_written_is_no_target(labels: MakeLabels):
    text = 'void OnTick() { Print("%s EURUSD"); }'

    assert _symbols(labels, text % "only for") == ("EURUSD",)
    assert _symbols(labels, text % "a name such as") == ()


def test_symbols_that_the_code_leaves_at_once_are_no_target(labels: MakeLabels):
    others = ' || Symbol() == "EURJPY" || Symbol() == "GBPJPY"'
    text = 'int start() { if (Symbol() == "USDJPY"%s) return(0); Trade(); }'

    assert _symbols(labels, text % others) == ()


def test_the_description_or_an_include_names_the_symbol(labels: MakeLabels):
    described = '#property description "GOLD breakout"\nvoid OnTick() { }'
    included = '#include "us100-levels.mqh"\nvoid OnTick() { }'

    assert _symbols(labels, described) == ("XAUUSD",)
    assert _symbols(labels, included) == ("US100",)


def test_a_capitalised_name_of_gold_counts_as_an_input(labels: MakeLabels):
    text = 'input string InpSymbol = "Gold"; void OnTick() { Trade(InpSymbol); }'

    assert _symbols(labels, text) == ("XAUUSD",)
