"""What a browser and a program see of a running system."""

import json
import logging
import posixpath
import re
import socket
import time
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families

from orquestrador import Orchestrator
from orquestrador.errors import LibraryError
from orquestrador.interface.translation import choose
from orquestrador.monitoring import METRICS
from tests.web.conftest import Client, Serve


@pytest.fixture
def inside(serve: Serve) -> Any:
    with serve() as orq:
        client = Client(orq.page_link())
        assert client.enter().code == 303
        yield orq, client


def test_the_page_shows_the_figures_also_without_its_scripts(inside: Any) -> None:
    orq, client = inside

    page = client.send("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<p class="library">' + str(orq.library) in page.text
    assert "<dt>Files processed</dt><dd>3</dd>" in page.text
    assert "<dt>Success rate</dt><dd>100.0 %</dd>" in page.text
    assert "<dt>Active components</dt><dd>4/4</dd>" in page.text
    for actor in ("catalog", "classifier", "monitor", "backup", "dashboard"):
        assert f">{actor}</th>" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text


def test_every_file_that_the_page_names_is_served_as_what_it_is(inside: Any) -> None:
    _orq, client = inside
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    waiting, seen = {"/"}, set[str]()

    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.send(path)
        assert answer.code == 200, path
        kind = kinds.get(PurePosixPath(path).suffix, "text/html")
        assert answer.headers["content-type"].startswith(kind), path
        for found in re.findall(
            r'(?:href|src|from|import)[ =(]*"([./][^"]+)"', answer.text
        ):
            waiting |= {posixpath.join(posixpath.dirname(path), found)} - seen
        waiting = {posixpath.normpath(each) for each in waiting} - seen

    assert {"/static/main.js", "/static/page.css", "/static/views/now.js"} <= seen


def test_without_the_api_the_page_has_no_script_and_loads_itself_anew(
    serve: Serve,
) -> None:
    with serve(web={"api": False}) as orq:
        client = Client(orq.page_link())
        client.enter()
        page = client.send("/").text

    assert "<script" not in page
    assert '<meta http-equiv="refresh"' in page
    assert "<noscript>" not in page


def test_the_words_of_the_scripts_are_in_the_language_of_the_place(
    serve: Serve,
) -> None:
    with serve(words=choose("pt_BR", {})) as orq:
        client = Client(orq.page_link())
        client.enter()
        words = json.loads(client.send("/words.json").body)

    assert words["language"] == "pt-BR"
    assert words["texts"]["Files processed"] == "Arquivos processados"
    assert words["labels"]["breakout"] == "Rompimento"


def test_the_status_document_holds_the_monitor_s_sample(inside: Any) -> None:
    orq, client = inside

    answer = client.send("/api/v1/status")

    assert answer.headers["content-type"] == "application/json"
    document = json.loads(answer.body)
    assert document["library"] == str(orq.library)
    assert document["active"] == ["classifier", "monitor", "backup", "report"]
    assert document["files_processed"] == 3
    assert document["metrics"]["library"]["classified"] == 3
    assert document["metrics"]["cpu_percent"] == document["cpu_usage"]


def test_prometheus_can_read_every_metric(inside: Any) -> None:
    _orq, client = inside

    answer = client.send("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    families = {each.name for each in text_string_to_metric_families(answer.text)}
    assert {each.name.removesuffix("_total") for each in METRICS} <= families


def test_a_program_comes_in_by_the_token_in_the_state_folder(serve: Serve) -> None:
    with serve() as orq:
        token = (orq.state / "web-token").read_text("ascii").strip()
        client = Client(orq.page_link())
        known = client.send("/metrics", authorization=f"Bearer {token}")
        unknown = client.send("/metrics", authorization=f"Bearer {token[:-1]}")
    with serve() as again:
        assert (again.state / "web-token").read_text("ascii").strip() == token

    assert (known.code, unknown.code) == (200, 401)


def test_many_who_ask_at_once_ask_the_monitor_once(inside: Any) -> None:
    orq, client = inside
    client.send("/api/v1/status")
    before = {each.name: each.handled for each in orq.system.snapshot()}["monitor"]

    stamps = {
        json.loads(client.send("/api/v1/status").body)["metrics"]["at"]
        for _ in range(20)
    }

    after = {each.name: each.handled for each in orq.system.snapshot()}["monitor"]
    # Besides these it looks once a second by itself.
    assert len(stamps) < 20
    assert after - before < 20


def test_a_monitor_that_does_not_answer_is_said_and_nothing_else(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orq, client = inside
    monkeypatch.setattr("orquestrador.interface.web.figures._ANSWER_S", 0.2)
    orq.system.suspend("monitor")
    unavailable = client.send("/metrics")
    orq.system.resume("monitor")

    assert unavailable.code == 503
    assert "the monitor does not answer" in unavailable.text
    assert client.send("/metrics").code == 200


@pytest.mark.parametrize(
    ("web", "there"),
    [
        ({"page": False}, {"/": 404, "/api/v1/status": 200, "/metrics": 200}),
        ({"api": False}, {"/": 200, "/api/v1/status": 404, "/metrics": 404}),
    ],
)
def test_the_settings_say_what_is_there(
    serve: Serve, web: dict[str, bool], there: dict[str, int]
) -> None:
    with serve(web=web) as orq:
        client = Client(orq.page_link())
        client.enter()

        assert {path: client.send(path).code for path in there} == there


def test_nothing_is_served_where_nothing_is_wanted(serve: Serve) -> None:
    with (
        serve(web={"page": False, "api": False}) as orq,
        pytest.raises(LibraryError, match="no page"),
    ):
        orq.page_link()


def test_the_page_speaks_the_user_s_language(serve: Serve) -> None:
    with serve(words=choose("pt_BR", {})) as orq:
        client = Client(orq.page_link())
        refused = client.send("/")
        client.enter()
        page = client.send("/")

    assert '<html lang="pt-BR">' in page.text
    assert "<dt>Arquivos processados</dt><dd>3</dd>" in page.text
    assert "<dd>100,0 %</dd>" in page.text
    assert refused.text.startswith("Execute `orquestrador open page`")


def test_a_hostile_name_is_text(tmp_path: Path, serve: Serve) -> None:
    folder = tmp_path / "<script>alert(1)<" / "&amp;"
    folder.mkdir(parents=True)
    (folder / "a.mq4").write_text("int OnInit() { return 0; }\n", "utf-8")
    with serve(folder) as orq:
        client = Client(orq.page_link())
        client.enter()
        page = client.send("/")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/&amp;amp;" in page.text


def test_a_taken_port_is_left_to_whoever_has_it(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with serve(web={"port": port}) as orq:
            client = Client(orq.page_link())
            assert client.enter().code == 303

    assert client.port != port
    assert f"Port {port} is taken" in caplog.text


def test_the_page_comes_back_and_lets_nobody_in_whom_it_does_not_know(
    inside: Any,
) -> None:
    orq, client = inside
    orq.system.supervisor("interfaces").terminate_child("dashboard")
    with pytest.raises(ConnectionRefusedError):
        client.send("/")
    orq.system.supervisor("interfaces").restart_child("dashboard")

    back = Client(orq.page_link())
    back.cookie = client.cookie
    assert back.send("/").code == 401
    back.enter()
    assert back.send("/").code == 200


def test_a_server_that_ends_by_itself_is_begun_again(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orq, _client = inside
    supervisor = orq.system.supervisor("interfaces")
    supervisor.terminate_child("dashboard")
    ended: list[int] = []

    def end_at_once(self: Any, sockets: object) -> None:
        ended.append(1)
        if len(ended) == 1:
            raise OSError("no more")
        run(self, sockets=sockets)

    run: Any = uvicorn.Server.run
    monkeypatch.setattr(uvicorn.Server, "run", end_at_once)
    supervisor.restart_child("dashboard")
    limit = time.monotonic() + 30
    while len(ended) < 2:
        assert time.monotonic() < limit
        time.sleep(0.02)
    client = Client(orq.page_link())

    assert client.enter().code == 303
    info = {each.name: each for each in orq.system.snapshot()}["dashboard"]
    assert "OSError: no more" in (info.last_failure or "")


def test_a_program_s_own_logging_is_left_alone(serve: Serve) -> None:
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")

    def standing() -> list[Any]:
        return [
            (each.level, each.propagate, list(each.handlers), each.disabled)
            for each in map(logging.getLogger, names)
        ]

    before = standing()
    with serve() as orq:
        Client(orq.page_link()).enter()
        assert standing() == before
    assert standing() == before


def test_two_systems_in_one_process_have_a_page_each(
    serve: Serve, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with serve() as one, serve(other) as two:
        first, second = Client(one.page_link()), Client(two.page_link())
        first.enter()
        second.enter()

        assert str(one.library) in first.send("/").text
        assert str(two.library) in second.send("/").text
        # One's cookie is no other's.
        second.cookie = first.cookie
        assert second.send("/").code == 401


def test_without_web_nothing_listens(library: Path) -> None:
    with (
        Orchestrator(library, settings={"engine": "inline"}) as orq,
        pytest.raises(LibraryError, match="web=True"),
    ):
        orq.page_link()
