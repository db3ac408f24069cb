"""An alert's way from the monitor over the notifier to people."""

import http.server
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador.actors import MonitorActor, NotifierActor
from orquestrador.config import AlertSettings, default_settings
from orquestrador.messages.monitor import (
    AlertChanged,
    AlertState,
    AlertTold,
    GetExposition,
    GetHistory,
    GetMetrics,
    MetricsSampled,
    SinkTried,
    TellAlert,
    TrySink,
)
from orquestrador.messages.run import FilesClassified, RunFinished
from orquestrador.supervisor import ChildSpec
from orquestrador.supervisor.testkit import Puppet
from orquestrador.words import ENGLISH

RUN = "a run"
ALWAYS = {
    "name": "always",
    "metric": "orquestrador_processes",
    "raise_at": 1,
    "clear_at": 0,
    "for_s": 0,
}


def settings(**changes: Any) -> AlertSettings:
    alerts = {f"alerts.{name}": value for name, value in changes.items()}
    return default_settings({"alerts.own": [ALWAYS], **alerts}).alerts


def monitor_spec(state: Path, alerts: AlertSettings | None = None) -> ChildSpec:
    return ChildSpec(
        id="monitor",
        actor=MonitorActor,
        args=(state, 0.1, alerts or settings()),
        redeliveries=1,
    )


def notifier_spec(alerts: AlertSettings) -> ChildSpec:
    return ChildSpec(id="notifier", actor=NotifierActor, args=(alerts, ENGLISH))


def wait_for(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def always(tree: Any) -> AlertState | None:
    sample: MetricsSampled = tree.system.ref("monitor").ask(GetMetrics(), timeout=30)
    found = [each for each in sample.alerts if each.rule == "always"]
    return found[0] if found else None


def firing() -> AlertState:
    return AlertState(
        rule="disk_percent",
        subject="",
        metric="disk_percent",
        standing="firing",
        value=97.0,
        since=1.0,
        seen_at=1.0,
        raise_at=95,
        clear_at=90,
        for_s=0,
        told=False,
    )


def test_an_alert_is_published_and_told_once(
    plant: Callable[..., Any], tmp_path: Path
) -> None:
    told: list[object] = []

    class Slow(Puppet):
        """Answers only after the monitor has looked several times more."""

        def on_receive(self, message: Any) -> Any:
            if isinstance(message, TellAlert):
                told.append(message)
                later = self.reply_later()

                def answer(_puppet: Puppet) -> None:
                    later.set(AlertTold(alert=message.alert))

                self.timers.start_once("answer", 0.5, answer)
                return None
            return super().on_receive(message)

    tree = plant(
        ChildSpec(id="notifier", actor=Slow), monitor_spec(tmp_path, settings())
    )
    changed: list[AlertChanged] = []
    tree.system.events.subscribe(AlertChanged, changed.append)

    wait_for(lambda: (state := always(tree)) is not None and state.told)
    began = time.time()
    # Five more looks at it.
    wait_for(
        lambda: (state := always(tree)) is not None and state.seen_at > began + 0.5
    )

    tree.system.events.flush(30)
    assert [each.alert.state for each in changed] in ([], ["firing"])
    assert len(told) == 1


def test_a_notifier_that_fails_ends_neither_the_monitor_nor_the_system(
    plant: Callable[..., Any], tmp_path: Path
) -> None:
    class Faulty(Puppet):
        def on_receive(self, message: Any) -> Any:
            if isinstance(message, TellAlert):
                raise ZeroDivisionError("always")
            return super().on_receive(message)

    tree = plant(
        ChildSpec(id="notifier", actor=Faulty), monitor_spec(tmp_path, settings())
    )

    wait_for(lambda: (state := always(tree)) is not None and state.told)

    restarts = {each.name: each.restarts for each in tree.system.snapshot()}
    assert restarts["monitor"] == 0


def test_an_alert_survives_a_restart_of_the_monitor(
    plant: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_values: object) -> None:
        raise ZeroDivisionError("injected")

    tree = plant(monitor_spec(tmp_path))
    monkeypatch.setitem(MonitorActor._handlers, GetHistory, fail)  # pyright: ignore[reportPrivateUsage]
    wait_for(lambda: (state := always(tree)) is not None and state.state == "firing")
    before = always(tree)

    with pytest.raises(ZeroDivisionError):
        tree.system.ref("monitor").ask(GetHistory(metric="x"), timeout=30)
    wait_for(lambda: (state := always(tree)) is not None and state.state == "firing")
    after = always(tree)

    assert tree.system.ref("monitor").cell.number > 1
    assert before is not None
    assert after is not None
    assert (after.since, after.state) == (before.since, "firing")


def test_the_figures_of_actors_are_the_runtime_s_own(
    plant: Callable[..., Any], puppet: Callable[[str], ChildSpec], tmp_path: Path
) -> None:
    quiet = ChildSpec(id="monitor", actor=MonitorActor, args=(tmp_path, None))
    tree = plant(puppet("one"), puppet("two"), quiet)
    for number in range(50):
        tree.tell("one", number)
    tree.received("one", 50)

    sample: MetricsSampled = tree.system.ref("monitor").ask(GetMetrics(), timeout=30)
    by_name = {each.name: each for each in tree.system.snapshot()}

    for each in sample.actors:
        info = by_name[each.name]
        assert (each.restarts, each.failures) == (info.restarts, info.failures)
        # Its own question was in hand when the monitor looked.
        assert info.handled - each.handled == (each.name == "monitor")
    assert by_name["one"].handled == 51
    assert sample.dead_letters == tree.system.dead_letters.count


def test_what_happens_is_counted(plant: Callable[..., Any], tmp_path: Path) -> None:
    tree = plant(ChildSpec(id="monitor", actor=MonitorActor, args=(tmp_path, None)))
    now = time.time()
    files = FilesClassified(
        token=RUN,
        paths=("a", "b"),
        stored_at=now + 3,
        changed_at=(now + 1, now - 9e5),
    )
    failed = RunFinished(
        token=RUN,
        run=1,
        problem="disk full",
        files=0,
        classified=0,
        problems=0,
        changed=False,
        duration_s=1.0,
        backup=False,
        report=False,
    )
    for event in (files, failed):
        tree.system.events.publish(event)
    tree.system.events.flush(30)

    sample: MetricsSampled = tree.system.ref("monitor").ask(GetMetrics(), timeout=30)

    assert sample.errors == 1
    assert sample.latencies[0].count == 1
    assert sample.latencies[0].p50_s == pytest.approx(2.0)


def test_history_and_prometheus_are_answered(
    plant: Callable[..., Any], tmp_path: Path
) -> None:
    tree = plant(monitor_spec(tmp_path))
    monitor = tree.system.ref("monitor")
    question = GetHistory(metric="orquestrador_uptime_seconds")
    wait_for(lambda: len(monitor.ask(question, timeout=30).at) >= 3)

    past = monitor.ask(question, timeout=30)
    text = monitor.ask(GetExposition(), timeout=30).text

    assert list(past.values) == sorted(past.values)
    assert "orquestrador_alert_firing" in text
    assert 'alert="always"} 1.0' in text


# -- the notifier ---------------------------------------------------------------------


class Hook(http.server.HTTPServer):
    """Refuses as often as it is told to, and then takes what is posted."""

    def __init__(self, refusals: int) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.refusals = refusals
        self.bodies: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Post(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook.bodies.append(json.loads(body))
        self.send_response(500 if len(hook.bodies) <= hook.refusals else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    pytest.importorskip("apprise")
    server = Hook(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orquestrador.actors.notifier._PAUSES_S", (0.05, 0.05))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_could_not_be_sent_is_sent_later_and_only_there(
    plant: Callable[..., Any], hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "orquestrador.actors.notifier")
    hook.refusals = 2
    tree = plant(notifier_spec(settings(webhook=hook.address)))

    told: AlertTold = tree.system.ref("notifier").ask(
        TellAlert(alert=firing()), timeout=10
    )

    wait_for(lambda: len(hook.bodies) == 3)
    assert told.alert == firing()
    assert {body["title"] for body in hook.bodies} == {"orquestrador: Disk: firing"}
    assert "97 %" in hook.bodies[0]["message"]
    assert caplog.text.count("orquestrador: Disk: firing") == 1
    assert caplog.text.count("tried again") == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_can_never_be_sent_is_given_up_in_the_log(
    plant: Callable[..., Any], hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.refusals = 99
    tree = plant(notifier_spec(settings(webhook=hook.address)))

    tree.system.ref("notifier").ask(TellAlert(alert=firing()), timeout=30)

    wait_for(lambda: "given up" in caplog.text)
    assert len(hook.bodies) == 3
    assert hook.address not in caplog.text


def test_a_trial_says_what_is_wrong(plant: Callable[..., Any]) -> None:
    tree = plant(notifier_spec(settings(email="nobody")))
    notifier = tree.system.ref("notifier")

    mail: SinkTried = notifier.ask(TrySink(sink="email"), timeout=30)
    log: SinkTried = notifier.ask(TrySink(sink="log"), timeout=30)

    assert "write mailtos://" in (mail.problem or "")
    assert log.problem is None
