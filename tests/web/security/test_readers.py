"""A slow browser never slows an actor, and learns what it has missed."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from orquestrador.interface.web.api.events import MOST_WAITING
from orquestrador.messages.run import RunFinished, RunStarted
from tests.web.security.conftest import House

EVENTS = 1500
LARGE = "x" * 40_000
"""Of each event: together far more than the system keeps for a reader."""


class Reader:
    """A browser that opens the stream of events, and reads when it is told to."""

    def __init__(self, house: House) -> None:
        self.wire = socket.socket()
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.wire.settimeout(60)
        self.wire.connect(("127.0.0.1", house.port))
        self.wire.sendall(
            f"GET /api/v1/events HTTP/1.0\r\nHost: 127.0.0.1:{house.port}\r\n"
            f"Cookie: {house.cookie}\r\n\r\n".encode()
        )
        self._lines: BinaryIO = self.wire.makefile("rb")
        self.code = int(self._lines.readline().split()[1])
        # The stream's first words: from now on it hears everything.
        while self.code == 200 and not self._lines.readline().startswith(b"retry"):
            pass

    def events(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Yield the name and the data of event after event."""
        name = ""
        for line in self._lines:
            word, _, rest = line.decode().rstrip("\n").partition(": ")
            if word == "event":
                name = rest
            elif word == "data":
                yield name, json.loads(rest)

    def close(self) -> None:
        self._lines.close()
        self.wire.close()


def _handled(house: House) -> dict[str, int]:
    return {each.name: each.handled for each in house.orq.system.snapshot()}


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stands still is not left: what it costs is looked at."""
    monkeypatch.setattr("orquestrador.interface.web.guarded.PATIENCE_S", 600.0)


@pytest.mark.usefixtures("patient")
def test_a_slow_browser_slows_no_actor_and_is_told_what_it_missed(house: House) -> None:
    """SEC: reader_slow, reader_told."""
    told: list[str] = []
    ended: list[str] = []
    heard = (
        house.orq.subscribe(RunStarted, lambda event: told.append(event.token)),
        house.orq.subscribe(RunFinished, lambda event: ended.append(event.token)),
    )
    reader = Reader(house)

    # It reads nothing from here on. Everybody else hears each event, one by one.
    for number in range(EVENTS):
        event = RunStarted(token=f"{number} {LARGE}", run=0, files=0)
        house.orq.system.events.publish(event)
    assert house.orq.system.events.flush(60)
    assert len(told) == EVENTS
    # The actors take message after message: none waits for the reader.
    before = _handled(house)
    run = house.orq.classify(verify=True, backup=False, report=False)
    run.result(60)
    for name in ("classifier", "catalog"):
        assert _handled(house)[name] > before[name]
    house.orq.system.events.flush(60)
    assert run.order.token in ended

    # It comes back: what was dropped is counted, and the newest is there.
    missed, read = 0, list[str]()
    for name, data in reader.events():
        if name == "Missed":
            missed += int(str(data["count"]))
        elif name == "RunStarted" and data["token"] != run.order.token:
            read.append(str(data["token"]))
        elif name == "RunFinished":
            break
    reader.close()
    assert missed > 0
    assert MOST_WAITING <= len(read) < EVENTS
    # Among the dropped may be other events: none is missing that was not counted.
    assert EVENTS - len(read) <= missed
    numbers = [int(each.split()[0]) for each in read]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == EVENTS - 1
    for each in heard:
        each.cancel()


def test_a_reader_who_stands_still_is_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: reader_left."""
    monkeypatch.setattr("orquestrador.interface.web.guarded.PATIENCE_S", 0.2)
    reader = Reader(house)
    for _ in range(EVENTS):
        event = RunStarted(token=LARGE, run=0, files=0)
        house.orq.system.events.publish(event)
    until = time.monotonic() + 60
    with contextlib.suppress(OSError):
        while time.monotonic() < until:
            # Fails as soon as the other side is gone.
            reader.wire.sendall(b"x")
            time.sleep(0.02)
        pytest.fail("a reader that stands still was not left")
    reader.close()


def test_there_are_only_so_many_streams(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: reader_most."""
    monkeypatch.setattr("orquestrador.interface.web.api.events.MOST_STREAMS", 1)
    until = time.monotonic() + 60
    # Those of earlier tests may still be on their way out.
    while (first := Reader(house)).code == 503:
        first.close()
        assert time.monotonic() < until
    second = Reader(house)
    assert (first.code, second.code) == (200, 503)
    first.close()
    second.close()
