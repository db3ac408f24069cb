"""Clients that let the server wait: bounded, and nobody else waits for them."""

import contextlib
import http.client
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orquestrador import classify
from orquestrador.interface.web.guarded import MOST_CONNECTIONS
from orquestrador.messages.control import GetStatus
from tests.web.conftest import Client
from tests.web.security.conftest import EXAMPLES, House

GUARDED = "orquestrador.interface.web.guarded"
FAST_S = 0.2
"""Patience with a client, in place of ten seconds."""

MANY = 1000


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{GUARDED}.PATIENCE_S", FAST_S)


@pytest.fixture
def many_files_open() -> Iterator[None]:
    """Let this process, which is both sides, have the files that it takes."""
    if sys.platform == "win32":
        yield
        return
    import resource  # noqa: PLC0415 -- POSIX

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(limit, 2 * MANY)
    if most != resource.RLIM_INFINITY and most < wanted:
        pytest.skip(f"a process may open {most} files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))


def _is_left(wire: socket.socket) -> bool:
    """Wait until the other side has closed; fail if it never does."""
    wire.settimeout(30)
    with contextlib.suppress(ConnectionError):
        while wire.recv(1 << 16):
            pass
    return True


def _dripping(wire: socket.socket, byte: bytes) -> threading.Thread:
    """Send a byte now and again until the other side is gone."""

    def drip() -> None:
        pause = threading.Event()
        with contextlib.suppress(OSError):
            while not pause.wait(FAST_S / 4):
                wire.sendall(byte)

    thread = threading.Thread(target=drip)
    thread.start()
    return thread


def _head(house: House, line: str, *more: str) -> bytes:
    host = f"Host: 127.0.0.1:{house.port}"
    return "\r\n".join((f"{line} HTTP/1.1", host, *more, "", "")).encode()


def _cases(house: House) -> dict[str, tuple[bytes, bytes]]:
    token = f"Authorization: Bearer {house.token}"
    kind = "Content-Type: application/json"
    length = "Content-Length: 200000"
    order = "POST /api/v1/runs"
    return {
        "nothing": (b"", b""),
        "line": (b"GET / HT", b""),
        "header": (b"GET / HTTP/1.1\r\nX: ", b"y"),
        "headers": (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        "empty lines": (b"", b"\r\n"),
        "body": (_head(house, order, token, kind, length), b" "),
        "no body": (_head(house, order, token, kind, length), b""),
        "no body, asked for": (
            _head(house, order, token, kind, length, "Expect: 100-continue"),
            b"",
        ),
        "pieces": (
            _head(house, order, token, kind, "Transfer-Encoding: chunked"),
            b"1\r\n \r\n",
        ),
        "stranger's body": (_head(house, order, kind, length), b" "),
        "stranger's stream": (_head(house, "GET /api/v1/events", length), b" "),
        "stranger's address": (_head(house, "GET /x/events", length), b" "),
        "second request": (_head(house, "GET /metrics", token), b"G"),
    }


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "case",
    [
        "nothing",
        "line",
        "header",
        "headers",
        "empty lines",
        "body",
        "no body",
        "no body, asked for",
        "pieces",
        "stranger's body",
        "stranger's stream",
        "stranger's address",
        "second request",
    ],
)
def test_who_sends_slowly_is_left(
    house: House, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """SEC: slow_header, slow_body, slow_stranger."""
    sent, drop = _cases(house)[case]
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as wire:
        wire.sendall(sent)
        dripping = _dripping(wire, drop) if drop else None
        assert _is_left(wire)
        if dripping is not None:
            dripping.join(30)
            assert not dripping.is_alive()
    # A client that goes is no failure of ours.
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


@pytest.mark.usefixtures("impatient")
def test_who_does_not_take_an_answer_is_left(house: House) -> None:
    """SEC: slow_reader."""
    large = house.orq.library / "large.mq4"
    large.write_text(f"// {'x' * 900}\n" * 5000, "utf-8")
    house.orq.classify(["large.mq4"], backup=False, report=False).result(60)
    path = "/api/v1/file/source?path=large.mq4&lines=5000"
    token = f"Authorization: Bearer {house.token}"
    with socket.socket() as wire:
        # Far less than the answers, which have 4 MB each: most stays with the server.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        wire.connect(("127.0.0.1", house.port))
        wire.sendall(_head(house, f"GET {path}", token) * 4)
        assert house.ask("/api/v1/status").code == 200
        left = _dripping(wire, b"x")
        left.join(60)
        assert not left.is_alive()
    large.unlink()
    house.orq.classify(backup=False, report=False).result(60)


@pytest.mark.usefixtures("impatient")
def test_who_waits_for_us_is_not_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: slow_server."""
    monkeypatch.setattr("orquestrador.interface.web.figures._ANSWER_S", 8 * FAST_S)
    house.orq.system.suspend("monitor")
    try:
        # The monitor says nothing for eight times as long as a client may.
        answer = house.ask("/metrics")
    finally:
        house.orq.system.resume("monitor")
    assert answer.code == 503
    assert "the monitor does not answer" in answer.text


@pytest.mark.usefixtures("many_files_open")
def test_a_thousand_who_say_nothing_cost_nobody_anything(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: idle_many, actors_records."""
    # They are not left for their silence: only for others.
    monkeypatch.setattr(f"{GUARDED}.PATIENCE_S", 600.0)
    contents = _new_sources(house)
    run = house.orq.classify(backup=False, report=False)
    idle: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for number in range(MANY):
            wire = socket.create_connection(("127.0.0.1", house.port), timeout=30)
            idle.append(stack.enter_context(wire))
            with contextlib.suppress(OSError):
                wire.sendall((b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ")[number % 3])
            if number % 100 == 0:
                assert house.ask("/api/v1/status").code == 200
                assert house.orq.system.ref("control").ask(GetStatus(), timeout=30)
        # All of them still stand there, and the page opens.
        client = Client(house.orq.page_link())
        assert client.enter().code == 303
        assert client.send("/").code == client.send("/metrics").code == 200
        assert _kept(house) <= MOST_CONNECTIONS
        assert _kept_open(idle) <= MOST_CONNECTIONS
        assert run.result(120).problems == 0
    with house.orq.catalog() as catalog:
        found = {each.path: each for each in catalog.records()}
    for path, data in contents.items():
        assert found[path] == classify(data, name=path), path
    shutil.rmtree(house.orq.library / "new")
    house.orq.classify(backup=False, report=False).result(60)


def _new_sources(house: House) -> dict[str, bytes]:
    """Put sources into the library that it has not seen; return them by path."""
    found: dict[str, bytes] = {}
    for place in sorted(EXAMPLES.rglob("*.mq*")):
        if ".orquestrador" in place.parts:
            continue
        path = Path("new", place.relative_to(EXAMPLES))
        data = place.read_bytes()
        if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"PK")):
            data += b"\n// another\n"
        target = house.orq.library / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        found[path.as_posix()] = data
    return found


def _kept(house: House) -> int:
    """Return how many connections the server has."""
    # Two sides in one process: the server's have its port on this side.
    import psutil  # noqa: PLC0415 -- one test's

    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == house.port
        for each in psutil.Process().net_connections("tcp")
    )


def _kept_open(idle: list[socket.socket]) -> int:
    """Return how many clients were not told that they were left."""
    still = 0
    for wire in idle:
        wire.setblocking(False)  # noqa: FBT003 -- the library's
        try:
            wire.recv(1)
        except BlockingIOError:
            still += 1
        except ConnectionError:
            pass
    return still


def test_where_all_are_busy_one_more_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: busy_many."""
    monkeypatch.setattr(f"{GUARDED}.MOST_CONNECTIONS", 2)
    lines: list[http.client.HTTPConnection] = []
    for _ in range(2):
        line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
        line.request("GET", "/api/v1/events", headers={"Cookie": house.cookie})
        assert line.getresponse().status == 200
        lines.append(line)
    until = time.monotonic() + 60
    with contextlib.suppress(ConnectionError):
        # Connections of earlier tests may still be on their way out.
        while house.ask("/api/v1/status").code == 200:
            assert time.monotonic() < until
    for line in lines:
        line.close()
