"""When alerts begin, fire and end, and what they do while nothing is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.messages.monitor import AlertState
from orquestrador.monitoring import AlertBook, Rule
from orquestrador.monitoring.alerting import MOST_ALERTS

HIGH = Rule(name="hot", metric="heat", raise_at=90, clear_at=70, for_s=60)
LOW = Rule(name="poor", metric="rate", raise_at=90, clear_at=95, for_s=0)


def heat(value: float) -> dict[str, dict[str, float]]:
    return {"heat": {"": value}}


def only(book: AlertBook) -> AlertState:
    (state,) = book.states()
    return state


def test_an_alert_fires_only_after_its_value_was_bad_for_long_enough() -> None:
    book = AlertBook([HIGH])

    assert book.evaluate(0, heat(95)) == []
    assert only(book).state == "pending"
    assert book.evaluate(59, heat(91)) == []
    (fired,) = book.evaluate(60, heat(90))

    assert (fired.rule, fired.state, fired.since) == ("hot", "firing", 60)


def test_a_better_moment_lets_the_time_begin_anew() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    book.evaluate(30, heat(89.9))

    assert only(book).state == "ok"
    assert book.evaluate(31, heat(95)) == []
    assert book.evaluate(89, heat(95)) == []
    assert [each.state for each in book.evaluate(91, heat(95))] == ["firing"]


def test_between_the_thresholds_an_alert_stays_what_it_is() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(80))
    assert only(book).state == "ok"
    book.evaluate(1, heat(95))
    book.evaluate(61, heat(95))

    assert book.evaluate(62, heat(71)) == []
    assert only(book).state == "firing"
    (ended,) = book.evaluate(63, heat(70))
    assert (ended.state, ended.since) == ("resolved", 63)
    assert book.evaluate(64, heat(80)) == []
    assert only(book).state == "resolved"


def test_low_values_are_bad_where_the_alert_ends_at_a_higher_one() -> None:
    book = AlertBook([LOW])

    assert [each.state for each in book.evaluate(0, {"rate": {"": 90}})] == ["firing"]
    assert book.evaluate(1, {"rate": {"": 94}}) == []
    assert [each.state for each in book.evaluate(2, {"rate": {"": 95}})] == ["resolved"]


@pytest.mark.parametrize("missing", [{}, {"heat": {}}, {"heat": {"": math.nan}}])
def test_what_is_not_known_is_undefined_and_never_resolved(
    missing: dict[str, dict[str, float]],
) -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    book.evaluate(60, heat(95))

    assert book.evaluate(61, missing) == []
    assert (only(book).state, only(book).standing) == ("undefined", "firing")
    assert book.evaluate(9_000, heat(95)) == []
    assert (only(book).state, only(book).since) == ("firing", 60)
    book.evaluate(9_001, missing)
    assert [each.state for each in book.evaluate(9_002, heat(60))] == ["resolved"]


def test_a_rule_whose_metric_nothing_measures_is_listed_as_undefined() -> None:
    book = AlertBook([HIGH])

    assert book.evaluate(0, {}) == []

    assert (only(book).rule, only(book).state) == ("hot", "undefined")


def test_time_that_nobody_watched_does_not_count_for_a_pending_alert() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))

    assert book.evaluate(500, heat(95)) == []
    assert only(book).state == "pending"
    assert [each.state for each in book.evaluate(560, heat(95))] == ["firing"]


def test_a_clock_that_was_set_back_does_not_stop_an_alert() -> None:
    book = AlertBook([HIGH])
    book.evaluate(10_000, heat(95))
    book.evaluate(1_000, heat(95))

    assert [each.state for each in book.evaluate(1_060, heat(95))] == ["firing"]


def test_an_alert_is_told_once_however_long_it_fires() -> None:
    book = AlertBook([HIGH])

    told = [
        state
        for second in range(600)
        for state in book.evaluate(second, heat(95 if second < 300 else 50))
    ]

    assert [each.state for each in told] == ["firing", "resolved"]


def test_an_alert_goes_on_in_the_next_book_where_it_was() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    book.evaluate(60, heat(95))

    after = AlertBook([HIGH], book.states())

    assert only(after).state == "undefined"
    assert after.evaluate(100, heat(95)) == []
    assert (only(after).state, only(after).since) == ("firing", 60)


def test_a_pending_alert_keeps_its_time_over_a_short_restart() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    after = AlertBook([HIGH], book.states())

    assert [each.state for each in after.evaluate(60, heat(95))] == ["firing"]


def test_what_was_not_handed_on_is_still_to_be_told_after_a_restart() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    (fired,) = book.evaluate(60, heat(95))

    after = AlertBook([HIGH], book.states())
    assert [each.rule for each in after.untold()] == ["hot"]
    after.mark_told(fired)
    assert after.untold() == []


def test_an_older_word_does_not_count_for_a_newer_standing() -> None:
    book = AlertBook([HIGH])
    book.evaluate(0, heat(95))
    (fired,) = book.evaluate(60, heat(95))
    book.evaluate(61, heat(10))

    book.mark_told(fired)

    assert [each.standing for each in book.untold()] == ["resolved"]


def test_each_actor_has_an_alert_of_its_own() -> None:
    book = AlertBook([LOW])

    changed = book.evaluate(0, {"rate": {"catalog": 10, "backup": 99, "report": 20}})

    assert [each.subject for each in changed] == ["catalog", "report"]
    assert len(book.states()) == 3


def test_an_alert_about_an_actor_that_is_gone_is_not_resolved_by_that() -> None:
    book = AlertBook([LOW])
    book.evaluate(0, {"rate": {"catalog": 10, "backup": 99}})

    assert book.evaluate(1, {"rate": {"backup": 99}}) == []
    states = {each.subject: each for each in book.states()}
    assert (states["catalog"].state, states["catalog"].standing) == (
        "undefined",
        "firing",
    )
    book.evaluate(90_000, {"rate": {"backup": 99}})
    assert [each.subject for each in book.states()] == ["backup"]


def test_any_number_of_subjects_takes_bounded_memory() -> None:
    book = AlertBook([LOW])
    for turn in range(3):
        names = [f"actor-{turn}-{number}" for number in range(MOST_ALERTS)]
        book.evaluate(turn, {"rate": dict.fromkeys(names, 10.0)})

    assert len(book.states()) == MOST_ALERTS


def test_a_state_of_a_rule_that_is_gone_is_dropped() -> None:
    book = AlertBook([HIGH, LOW])
    book.evaluate(0, heat(95))

    assert [each.rule for each in AlertBook([HIGH], book.states()).states()] == ["hot"]


@given(
    st.lists(
        st.tuples(st.floats(0.1, 200), st.one_of(st.none(), st.floats(0, 100))),
        max_size=60,
    )
)
def test_an_alert_ends_by_a_good_value_alone(
    steps: list[tuple[float, float | None]],
) -> None:
    book = AlertBook([HIGH])
    now, firing = 0.0, False
    for elapsed, value in steps:
        now += elapsed
        changed = book.evaluate(now, {} if value is None else heat(value))
        for state in changed:
            assert value is not None
            assert (state.standing == "firing") is (value >= 90)
            assert (state.standing == "resolved") is (value <= 70)
            # One word for the begin and one for the end, in turns.
            assert firing is not (state.standing == "firing")
            firing = state.standing == "firing"


def test_an_acknowledged_alert_is_so_until_it_ends() -> None:
    book = AlertBook([LOW])
    book.evaluate(0, {"rate": {"": 99}})
    assert book.acknowledge("poor", "") == only(book)
    assert not only(book).acknowledged

    book.evaluate(1, {"rate": {"": 10}})
    noted = book.acknowledge("poor", "")

    assert noted is not None
    assert noted.acknowledged
    book.evaluate(2, {"rate": {"": 11}})
    assert only(book).acknowledged
    book.evaluate(3, {"rate": {"": 99}})
    assert not only(book).acknowledged
    assert book.acknowledge("poor", "somebody") is book.acknowledge("x", "") is None


def test_of_a_silent_alert_nobody_is_told_until_the_time_is_over() -> None:
    book = AlertBook([LOW])
    book.evaluate(0, {"rate": {"": 99}})
    book.silence("poor", "", 100)

    assert len(book.evaluate(1, {"rate": {"": 10}})) == 1

    assert book.untold(99) == []
    assert [each.standing for each in book.untold(100)] == ["firing"]
    assert book.silence("x", "", 100) is None


def test_an_end_within_a_silence_is_not_told_later() -> None:
    book = AlertBook([LOW])
    book.evaluate(0, {"rate": {"": 10}})
    book.mark_told(only(book))
    book.silence("poor", "", 100)
    book.evaluate(1, {"rate": {"": 99}})

    assert only(book).standing == "resolved"
    assert book.untold(200) == []

    book.silence("poor", "", 0)
    book.evaluate(2, {"rate": {"": 10}})
    assert len(book.untold(2)) == 1
