"""The guide's dashboard: its metrics on the page of a system that `run` has started."""

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from orquestrador import OrquestradorCentral
from orquestrador.running import RunningLibrary, find

Configure = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

COMMAND = [sys.executable, "-m", "orquestrador", "--lang", "en"]
QUIET = {"backup_auto": False, "gerar_relatorios": False}


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


@contextlib.contextmanager
def run(library: Path, *options: str) -> Generator[RunningLibrary]:
    """Run the whole system, and connect to it when it takes requests."""
    with subprocess.Popen(
        [*COMMAND, "--library", str(library), "run", "--yes", "--no-watch", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            limit = time.monotonic() + 60
            while (found := find(library, library / ".orquestrador")) is None:
                assert time.monotonic() < limit
                assert process.poll() is None
                time.sleep(0.05)
            with found:
                yield found
                found.stop()
            assert process.wait(30) == 0
        finally:
            process.kill()


class Answer(NamedTuple):
    code: int
    cookie: str
    body: str


def get(link: str, path: str, cookie: str = "") -> Answer:
    connection = http.client.HTTPConnection(urlsplit(link).netloc, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        given = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        return Answer(answer.status, given, answer.read().decode("utf-8"))


def enter(link: str) -> str:
    """Come in by a link; returns the cookie."""
    parts = urlsplit(link)
    return get(link, f"{parts.path}?{parts.query}").cookie


def shown(page: str, name: str) -> float:
    """Return the figure that stands beside a name on the page."""
    found = re.search(rf"<dt>{name}</dt><dd>([\d.,/]+)", page)
    assert found, name
    return float(found[1].replace(",", "").partition("/")[0])


def scraped(metrics: str) -> float:
    """Return how many files Prometheus is told were worked on."""
    found = dict(re.findall(r"(?m)^orquestrador_library_(\w+) (\S+)$", metrics))
    return float(found["classified_files"]) + float(found["failed_files"])


def counted(document: Any) -> int:
    found: int = document["files_processed"]
    return found


def test_the_page_and_monitor_show_the_five_metrics(
    base: Path, configure: Configure, until: Until
) -> None:
    """Guide: G26."""
    configure(dashboard_web=True, api_rest=True, auto_backup=False)
    central: Any = OrquestradorCentral(base)
    port = free_port()
    # The guide's settings stand beside the folder that it calls base.
    with run(central.library, "--port", str(port)) as system:
        answer = central.executar_comando_completo("classificar_tudo", QUIET)
        assert answer["sucesso"], answer
        link = system.page_link()
        assert urlsplit(link).port == port
        cookie = enter(link)
        page = get(link, "/", cookie).body
        document = json.loads(get(link, "/api/v1/status", cookie).body)
        # Prometheus is told of the library as it was counted in the last ten seconds.
        until(lambda: scraped(get(link, "/metrics", cookie).body) == counted(document))
        guide = central._coletar_metricas_tempo_real()
        monitor = json.loads(
            subprocess.run(
                [*COMMAND, "--json", "--library", central.library, "monitor", "--once"],
                capture_output=True,
                check=True,
            ).stdout
        )["metrics"]

    processed = guide["files_processed"]
    assert processed > 60
    assert shown(page, "Files processed") == document["files_processed"] == processed
    library = monitor["library"]
    assert library["classified"] + library["failed"] == processed
    rate = guide["success_rate"]
    assert shown(page, "Success rate") == pytest.approx(rate, abs=0.05)
    assert document["success_rate"] == library["success_percent"] == rate
    threads = guide["threads_ativas"]
    assert shown(page, "Active components") == len(document["active"]) == len(threads)
    for name, ours in (("memory_usage", "Memory"), ("cpu_usage", "Processor")):
        # Page and document are of one sample.
        assert shown(page, ours) == pytest.approx(document[name], abs=0.05)
        assert 0 <= guide[name] <= 100
    assert guide["memory_usage"] == pytest.approx(document["memory_usage"], abs=10)


@pytest.mark.parametrize(
    ("settings", "there"),
    [
        ({"dashboard_web": False}, {"/": 404, "/api/v1/status": 200}),
        ({"api_rest": False}, {"/": 200, "/api/v1/status": 404}),
    ],
)
def test_dashboard_web_and_api_rest_are_in_force(
    base: Path, configure: Configure, settings: dict[str, bool], there: dict[str, int]
) -> None:
    """Guide: G26."""
    configure(**settings, auto_backup=False)
    with run(base, "--port", str(free_port())) as system:
        link = system.page_link()
        cookie = enter(link)
        assert {path: get(link, path, cookie).code for path in there} == there
