"""The bars of a chart."""

from orquestrador.reports.charts import MOST_BARS, Row, bar_chart


def test_the_longest_bar_fills_the_width_and_the_others_their_share() -> None:
    chart = bar_chart([Row("a", 50, 60), Row("b", 200, 200), Row("c", 0, 0)])

    assert [bar.width for bar in chart.bars] == [25.0, 100.0, 0.0]
    assert [bar.top for bar in chart.bars] == [0, 36, 72]
    assert chart.height == 108


def test_a_small_share_is_still_seen() -> None:
    assert (
        bar_chart([Row("a", 1_000_000, 1_000_000), Row("b", 1, 1)]).bars[1].width == 0.4
    )


def test_a_long_list_ends_and_a_long_label_is_cut() -> None:
    chart = bar_chart([Row("x" * 100, 1, 1)] * 50)

    assert len(chart.bars) == MOST_BARS
    assert chart.bars[0].label == "x" * 35 + "…"
    assert [row.label for row in chart.rows] == ["x" * 100] * 50


def test_nothing_gives_an_empty_chart() -> None:
    assert bar_chart([]).height == 0
