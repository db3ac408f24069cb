"""Events reach a browser as they happen, and a slow one costs nothing."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from orquestrador import Orchestrator
from tests.web.conftest import Client, Serve


@pytest.fixture
def running(serve: Serve) -> Iterator[Orchestrator]:
    with serve() as orq:
        yield orq


class Stream:
    """An open stream of events."""

    def __init__(self, orq: Orchestrator) -> None:
        token = (orq.state / "web-token").read_text("ascii").strip()
        port = Client(orq.page_link()).port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request(
            "GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"}
        )
        self.answer = self.connection.getresponse()

    def until(self, name: str) -> Any:
        """Return the data of the next event of this name."""
        while True:
            line = self.answer.readline().decode("utf-8")
            assert line, "the stream has ended"
            if line == f"event: {name}\n":
                data = self.answer.readline().decode("utf-8")
                return json.loads(data.removeprefix("data: "))


def test_a_run_is_told_from_its_begin_to_its_end(running: Orchestrator) -> None:
    stream = Stream(running)
    assert stream.answer.status == 200
    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    (running.library / "new.mq4").write_text("int start() { return 0; }", "utf-8")

    run = running.classify(backup=False, report=False)

    assert stream.until("RunStarted")["token"] == run.order.token
    assert stream.until("RunFinished")["token"] == run.order.token
    stream.connection.close()


def test_a_quiet_stream_says_that_it_is_alive(
    running: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orquestrador.interface.web.api.events.HEARTBEAT_S", 0.05)
    monkeypatch.setattr("orquestrador.interface.web.guarded.PATIENCE_S", 1.0)
    stream = Stream(running)
    began = time.monotonic()
    lines: list[bytes] = []
    # Longer than the patience with a connection on which nothing goes on.
    while time.monotonic() - began < 2.5:
        lines.append(stream.answer.readline())
    assert b": alive\n" in lines
    assert b"" not in lines
    stream.connection.close()


def test_streams_end_with_the_system(serve: Serve) -> None:
    with serve() as orq:
        stream = Stream(orq)
    # To its end, which is there.
    while stream.answer.readline():
        pass
    stream.connection.close()
