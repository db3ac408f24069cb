"""The monitor's screen: 80 columns whatever the figures, and trouble is to be seen."""

from pathlib import Path

import pytest

from orquestrador.interface import monitor_view
from orquestrador.interface.session import Session
from orquestrador.interface.translation import choose, using
from orquestrador.messages.monitor import (
    ActorSample,
    AlertState,
    LatencySample,
    LibrarySample,
    MetricsSampled,
    Trend,
)


def alert(
    standing: str, *, value: float | None = 97.5, rule: str = "cpu_percent"
) -> AlertState:
    return AlertState(
        rule=rule,
        subject="",
        metric=rule,
        standing=standing,  # type: ignore[arg-type]
        value=value,
        since=0.0,
        seen_at=0.0,
        raise_at=90,
        clear_at=80,
        for_s=60,
    )


def actor(name: str, *, state: str = "running", depth: int = 0) -> ActorSample:
    return ActorSample(
        name=name,
        state=state,
        mailbox=1_234_567,
        handled=987_654_321,
        rate=12_345.6,
        restarts=1234,
        p95_s=0.9876,
        busy_s=0.0,
        busy_share=1.0,
        depth=depth,
    )


def sample(*alerts: AlertState, actors: tuple[ActorSample, ...] = ()) -> MetricsSampled:
    memory = "orquestrador_process_resident_memory_bytes"
    return MetricsSampled(
        at=300.0,
        cpu_percent=100.0,
        memory_percent=100.0,
        disk_percent=100.0,
        disk_free_bytes=18_000_000_000_000,
        process_cpu_percent=6400.0,
        process_memory_mb=123_456.7,
        processes=65,
        threads=1234,
        uptime_s=9e7,
        actors=actors,
        dead_letters=123_456,
        errors=123_456,
        library=LibrarySample(
            files=12_345_678,
            classified=12_345_678,
            failed=234_567,
            left_out=0,
            pending=1_234_567,
            success_percent=98.1,
            snapshot_age_s=9e6,
            damaged=False,
        ),
        latencies=(
            LatencySample(
                name="save_to_catalog", count=9, p50_s=1e4, p95_s=1e5, p99_s=1e6
            ),
            LatencySample(
                name="classify_content", count=0, p50_s=None, p95_s=None, p99_s=None
            ),
        ),
        trends=(Trend(metric=memory, per_minute=2e9),),
        alerts=alerts,
    )


def session(language: str = "en", library: Path = Path("/library")) -> Session:
    return Session(
        translation=choose(language, {}),
        library=library,
        state=None,
        config=None,
        as_json=False,
        quiet=False,
        verbose=False,
    )


def screen(given: MetricsSampled, language: str = "en") -> list[monitor_view.Line]:
    here = session(language, Path("/a/very/long/way/to/the/library/" * 5))
    with using(here.translation):
        return list(monitor_view.lines(here, given, 4_194_304))


@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_every_line_fits_into_80_columns(language: str) -> None:
    actors = tuple(actor(f"actor-with-a-long-name-{n}", depth=n) for n in range(9))
    alerts = tuple(
        alert(standing, value=value, rule=rule)
        for rule in ("cpu_percent", "save_to_catalog_p95_s", "a" * 79)
        for standing in ("pending", "firing")
        for value in (97.5, None)
    )

    lines = screen(sample(*alerts, actors=actors), language)

    assert max(len(line.text) for line in lines) <= 80
    assert any("actor-with" in line.text for line in lines)


@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_the_columns_stand_below_their_titles(language: str) -> None:
    *_rest, titles, row = screen(sample(actors=(actor("catalog"),)), language)

    assert len(titles.text) == len(row.text) == 80
    for end in (38, 47, 53, 62, 72, 80):
        # A figure ends where its title does, and does not touch the next.
        assert " " not in {titles.text[end - 1], row.text[end - 1]}
        assert {titles.text[end : end + 1], row.text[end : end + 1]} <= {" ", ""}


def test_what_fires_is_marked_and_said_before_the_actors() -> None:
    lines = screen(sample(alert("firing"), actors=(actor("catalog"),)))
    texts = [line.text for line in lines]

    place = next(i for i, text in enumerate(texts) if text.startswith("Alerts"))
    assert texts[place].endswith("Processor: firing for 5 min, at 98 % (limit 90 %)")
    assert lines[place].tone == "bad"
    assert place < next(i for i, text in enumerate(texts) if text.startswith("Actor"))


def test_an_alert_that_fired_before_nothing_was_known_is_still_shown() -> None:
    lines = screen(sample(alert("firing", value=None)))

    (line,) = [each for each in lines if each.text.startswith("Alerts")]
    assert "Processor: undefined for 5 min" in line.text
    assert line.tone == "bad"


def test_what_nothing_measures_says_so() -> None:
    lines = screen(sample(alert("ok", value=None, rule="watcher_degraded")))
    texts = [line.text for line in lines]

    assert "Undefined  Watcher degraded (nothing watches the library)" in texts
    assert any(text.startswith("Alerts") and "none" in text for text in texts)


def test_an_actor_in_trouble_is_marked() -> None:
    about = alert("firing", rule="stuck_s").replace(subject="backup")
    actors = (actor("backup"), actor("catalog"), actor("report", state="restarting"))

    lines = screen(sample(about, actors=actors))

    tones = {line.text.split()[0]: line.tone for line in lines[-3:]}
    assert tones == {"backup": "bad", "catalog": "", "report": "bad"}


def test_a_line_for_a_pipe_names_what_fires() -> None:
    here = session()
    with using(here.translation):
        quiet = monitor_view.plain_line(here, sample())
        loud = monitor_view.plain_line(here, sample(alert("firing")))

    assert quiet.endswith("alerts: none")
    assert loud.endswith("alerts: Processor")
    assert "\n" not in loud


def test_a_low_screen_shows_those_that_matter_and_counts_the_others() -> None:
    actors = (
        actor("services"),
        *(actor(f"busy-{number}").replace(p95_s=0.1) for number in range(5)),
        actor("quiet").replace(p95_s=0.1, handled=0, mailbox=0, restarts=0),
        actor("broken", state="restarting"),
    )
    here = session()
    given = sample(actors=tuple(each.replace(restarts=0) for each in actors))
    with using(here.translation):
        whole = list(monitor_view.lines(here, given, 1))
        low = list(monitor_view.lines(here, given, 1, len(whole) - 1))
        lowest = list(monitor_view.lines(here, given, 1, 3))

    assert len(low) == len(whole) - 1
    names = [line.text.split()[0] for line in low[-7:]]
    assert names == [*(f"busy-{number}" for number in range(5)), "broken", "and"]
    assert low[-1].text == "and 2 quiet actors"
    assert lowest[-1].text == "and 8 quiet actors"
