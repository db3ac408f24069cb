"""Who is not let in, and what those cost who come all the same."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from http import HTTPMethod
from pathlib import Path
from typing import Any

import pytest

from orquestrador.interface.web.access import (
    LINK_S,
    MOST_LINKS,
    MOST_SESSIONS,
    Access,
    token_in,
)
from orquestrador.messages.control import GetStatus
from tests.web.conftest import Client, Serve

PATHS = ("/", "/static/page.css", "/words.json", "/api/v1/status", "/metrics")


@pytest.fixture
def page(serve: Serve) -> Iterator[Any]:
    with serve(control=True) as orq:
        yield orq


def test_without_a_link_or_token_nothing_is_told(page: Any) -> None:
    client = Client(page.page_link())
    for path in (*PATHS, "/nothing", "/../web-token", "/%2e%2e/%2e%2e/etc/passwd"):
        answer = client.send(path)
        assert answer.code == 401, path
        assert "library" not in answer.text
    for cookie in ("orquestrador-1=x", f"orquestrador-{client.port}=", "=;=", '"'):
        assert client.send("/", cookie=cookie).code == 401
    for said in ("Basic eDp5", "Bearer", "Bearer  ", "bearer x", "é"):
        assert client.send("/", authorization=said).code == 401


def test_a_link_works_once(page: Any) -> None:
    client = Client(page.page_link())
    # A look ahead does not use it up.
    assert client.send(client.entrance, "HEAD").code == 403

    entered = client.enter()

    assert (entered.code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))
    assert client.send("/").code == 200
    again = Client(page.page_link())
    again.entrance = client.entrance
    assert again.enter().code == 403
    assert client.send("/enter").code == client.send("/enter?key=x").code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1:{port}\nevil.example",
        "",
    ],
)
def test_another_name_that_leads_here_is_not_served(page: Any, host: str) -> None:
    client = Client(page.page_link())
    client.enter()

    for path in (*PATHS, "/enter?key=x"):
        answer = client.send(path, host=host.format(port=client.port))
        assert answer.code in {400, 421}, path


@pytest.mark.parametrize(
    "method", [str(each) for each in HTTPMethod if each not in {"GET", "HEAD"}]
)
def test_nothing_else_than_the_api_can_change_anything(page: Any, method: str) -> None:
    client = Client(page.page_link())
    client.enter()
    for path in ("/", "/metrics", "/api/v1/status", client.entrance):
        if method == "CONNECT":
            continue
        answer = client.send(
            path,
            method,
            '{"x": 1}',
            origin=f"http://127.0.0.1:{client.port}",
            content_type="application/json",
        )
        assert answer.code == 405, path
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/%2e%2e/web-token",
        "/static/../templates/page.html",
        "/static/%2e%2e/templates/page.html",
        "/static/..%5ctemplates%5cpage.html",
        "/static//etc/passwd",
        "/static/",
        "/static/views",
        "//",
        "/a:b",
    ],
)
def test_no_path_leads_to_a_file(page: Any, path: str) -> None:
    client = Client(page.page_link())
    client.enter()
    assert client.send(path).code in {400, 404}


def test_every_answer_says_what_a_browser_may_do_with_it(page: Any) -> None:
    client = Client(page.page_link())
    refused = client.send("/")
    entered = client.enter()
    for answer in (refused, entered, *map(client.send, (*PATHS, "/nothing"))):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src")
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_it_listens_on_this_computer_alone(page: Any) -> None:
    port = Client(page.page_link()).port
    for name in {socket.gethostname()}:
        for *_rest, place in socket.getaddrinfo(name, port, socket.AF_INET):
            if str(place[0]).startswith("127."):
                continue
            with pytest.raises(OSError, match=r".*"):
                socket.create_connection((str(place[0]), port), timeout=2).close()


def test_silent_and_slow_clients_cost_neither_the_actors_nor_the_next_one(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orquestrador.interface.web.guarded.PATIENCE_S", 0.5)
    client = Client(page.page_link())
    idle: list[socket.socket] = []
    for number in range(300):
        each = socket.create_connection(("127.0.0.1", client.port), timeout=30)
        idle.append(each)
        with contextlib.suppress(OSError):
            each.sendall((b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ")[number % 3])
    assert page.system.ref("control").ask(GetStatus(), timeout=30).connections == 0

    limit = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError):
            if client.enter().code == 303:
                break
        assert time.monotonic() < limit
        client = Client(page.page_link())
    for each in idle:
        with contextlib.suppress(OSError):
            # All of them were left.
            while each.recv(1 << 16):
                pass
        each.close()
    dashboard = {each.name: each for each in page.system.snapshot()}["dashboard"]
    assert dashboard.restarts == 0


@pytest.mark.parametrize(
    "said",
    [
        b"\x00" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(page: Any, said: bytes) -> None:
    client = Client(page.page_link())
    with (
        socket.create_connection(("127.0.0.1", client.port), timeout=30) as wild,
        contextlib.suppress(OSError),
    ):
        wild.sendall(said)
        answer = wild.recv(100)
        assert answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 421", b""}, answer
    assert client.enter().code == 303


# -- keys and tokens ------------------------------------------------------------------


def test_a_link_is_void_after_its_time() -> None:
    moments = [0.0]
    access = Access("t" * 40, 1, lambda: moments[0])
    early, late = access.new_key(), access.new_key()
    moments[0] = LINK_S
    assert access.open_session(early) is not None
    moments[0] = LINK_S + 0.1
    assert access.open_session(late) is None


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    access = Access("t" * 40, 1)
    keys = [access.new_key() for _ in range(MOST_LINKS + 1)]
    assert access.open_session(keys[0]) is None
    secrets = [access.open_session(access.new_key()) for _ in range(MOST_SESSIONS + 1)]
    known = [access.knows_browser(f"orquestrador-1={each}") for each in secrets]
    assert known == [False] + [True] * MOST_SESSIONS


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_token_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    first = token_in(tmp_path)
    path = tmp_path / "web-token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_in(tmp_path) == first

    path.chmod(0o644)
    second = token_in(tmp_path)

    assert second != first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_that_is_none_is_replaced(tmp_path: Path) -> None:
    token_in(tmp_path)
    (tmp_path / "web-token").write_text("short", "utf-8")

    assert len(token_in(tmp_path)) >= 32
