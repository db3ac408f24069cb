"""Where a running system can be reached from: this computer, and nowhere else."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from orquestrador.running import RunningLibrary, find
from tests.web.conftest import Client
from tests.web.security.conftest import EXAMPLES

COMMAND = (sys.executable, "-m", "orquestrador", "--lang", "en")


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[RunningLibrary, int]]:
    """`orquestrador run` as a user starts it, in a process of its own, and its id."""
    library = tmp_path_factory.mktemp("place") / "library"
    shutil.copytree(EXAMPLES, library, ignore=shutil.ignore_patterns(".orquestrador"))
    (library / "orquestrador.json").write_text('{"web": {"port": 0}}', "utf-8")
    process = subprocess.Popen(
        [*COMMAND, "--library", str(library), "run", "--yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while (found := find(library, library / ".orquestrador")) is None:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        with found as system:
            yield system, process.pid
    finally:
        process.terminate()
        process.wait(60)


def test_every_socket_that_listens_is_this_computer_s_own(
    running: tuple[RunningLibrary, int],
) -> None:
    """SEC: loopback_only."""
    system, pid = running
    client = Client(system.page_link())
    assert client.enter().code == 303
    first = psutil.Process(pid)
    listening = [
        each.laddr
        for process in (first, *first.children(recursive=True))
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    assert client.port in {each.port for each in listening}
    assert {each.ip for each in listening} <= {"127.0.0.1", "::1"}


def test_from_another_address_of_this_computer_nobody_answers(
    running: tuple[RunningLibrary, int],
) -> None:
    """SEC: loopback_only."""
    port = urlsplit(running[0].page_link()).port
    others = {
        str(place[0])
        for *_, place in socket.getaddrinfo(socket.gethostname(), port)
        if not str(place[0]).startswith("127.") and place[0] != "::1"
    }
    for each in others:
        with pytest.raises(OSError, match=r".*"), contextlib.ExitStack() as stack:
            stack.enter_context(socket.create_connection((each, port), timeout=5))


@pytest.mark.parametrize(
    ("options", "settings", "named"),
    [
        (["--host", "0.0.0.0"], {}, "--host"),  # noqa: S104 -- refused
        (["--bind", "0.0.0.0"], {}, "--bind"),  # noqa: S104 -- refused
        ([], {"web": {"host": "0.0.0.0"}}, "web.host"),  # noqa: S104 -- refused
        ([], {"web": {"port": "0.0.0.0:80"}}, "web.port"),
    ],
)
def test_another_place_to_listen_cannot_be_asked_for(
    tmp_path: Path, options: list[str], settings: dict[str, object], named: str
) -> None:
    """SEC: no_other_binding."""
    (tmp_path / "orquestrador.json").write_text(json.dumps(settings), "utf-8")
    ended = subprocess.run(
        [*COMMAND, "--library", str(tmp_path), "run", "--yes", *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert named in ended.stderr
