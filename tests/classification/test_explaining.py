"""Why a label won, and why the next best one lost."""

from orquestrador.classification import classify
from orquestrador.classification.explaining import explain, shown_lines
from orquestrador.classification.lexing import lex

EXPERT = b"""#property strict
input double Lots = 0.1;
void OnTick()
  {
   double fast = iMA(NULL, 0, 10, 0, MODE_SMA, PRICE_CLOSE, 1);
   double slow = iMA(NULL, 0, 30, 0, MODE_SMA, PRICE_CLOSE, 1);
   if(fast > slow && OrdersTotal() == 0)
      OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, Ask - 200 * Point, 0);
  }
void OnStart() { }
"""


def test_the_scores_of_strategies_are_the_sums_of_the_rules_that_spoke() -> None:
    record = classify(EXPERT, "a.mq4")
    explained = explain(EXPERT, "a.mq4", record)

    assert explained is not None
    assert explained.strategies
    for each in explained.strategies:
        assert each.score == round(sum(voice.weight for voice in each.voices), 2)
        assert all(voice.evidence for voice in each.voices)


def test_what_is_said_comes_first_in_the_order_of_the_record() -> None:
    record = classify(EXPERT, "a.mq4")
    explained = explain(EXPERT, "a.mq4", record)

    assert explained is not None
    said = [each.label for each in record.strategies or ()]
    assert said
    assert [each.label for each in explained.strategies][: len(said)] == said
    for each in explained.strategies[len(said) :]:
        assert each.outcome in {"too_light", "small_share", "said_alone"}


def test_another_kind_that_something_speaks_for_is_named_with_what_does() -> None:
    record = classify(EXPERT, "a.mq4")
    explained = explain(EXPERT, "a.mq4", record)

    assert explained is not None
    won, second, *_ = explained.kinds
    assert (won.label, won.outcome) == ("expert", "first")
    assert (second.label, second.outcome) == ("script", "asked_later")
    assert second.voices[0].evidence[0].line == 10


def test_what_is_no_source_has_no_explanation() -> None:
    data = b"Dear customer, thank you for the purchase."

    assert explain(data, "a.txt", classify(data, "a.txt")) is None


def test_a_line_that_is_shown_hides_credentials() -> None:
    source = lex('string ApiKey = "Zx81kQ77pLm2Vn4";\nint a;\n', "mql")

    assert shown_lines(source, [1, 2, 99]) == {
        1: 'string ApiKey = "•••";',
        2: "int a;",
    }
