"""What programs ask of a running system, and tell it, under `/api/v1`."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.supervisor import Actor, ChildSpec
from tests.web.conftest import Answer, Client, Serve

GRID = """
input double Lots = 0.1;
void OnTick()
{
   double goal = Ask + 100 * Point;
   if(OrdersTotal() == 0) OrderSend("XAUUSD", OP_BUY, Lots, Ask, 3, 0, goal);
}
"""


class Api:
    """A program with the token, or a browser that came in by a link."""

    def __init__(self, orq: Orchestrator) -> None:
        self.client = Client(orq.page_link())
        self.token = (orq.state / "web-token").read_text("ascii").strip()
        self.origin = f"http://127.0.0.1:{self.client.port}"

    def get(self, path: str) -> Answer:
        return self.client.send("/api/v1" + path, authorization=f"Bearer {self.token}")

    def shown(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return json.loads(answer.body)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        text = body if isinstance(body, str) else json.dumps(body)
        said = {
            "authorization": f"Bearer {self.token}",
            "content_type": "application/json",
        } | headers
        return self.client.send("/api/v1" + path, "POST", text, **said)


@pytest.fixture
def running(serve: Serve, library: Path) -> Iterator[Orchestrator]:
    (library / "Robôs").mkdir()
    (library / "Robôs" / "Ouro & <b>.mq4").write_text(GRID, "utf-8")
    with serve() as orq:
        yield orq


@pytest.fixture
def api(running: Orchestrator) -> Api:
    return Api(running)


def _soon(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_files_are_found_page_by_page(api: Api) -> None:
    first = api.shown("/files?limit=3")
    rest = api.shown("/files?limit=3&offset=3")

    assert first["total"] == rest["total"] == 4
    paths = [each["path"] for each in first["files"] + rest["files"]]
    assert paths == ["0.mq4", "1.mq4", "2.mq4", "Robôs/Ouro & <b>.mq4"]


def test_a_search_takes_several_codes_of_a_kind(api: Api) -> None:
    found = api.shown(
        "/files?kind=expert&symbol=GOLD&risk=take_profit&risk=no_stop_loss"
    )
    assert [each["path"] for each in found["files"]] == ["Robôs/Ouro & <b>.mq4"]
    assert not api.shown("/files?risk=take_profit&risk=stop_loss")["files"]


def test_a_file_is_shown_with_its_evidence_and_its_history(api: Api) -> None:
    path = "Rob%C3%B4s/Ouro%20%26%20%3Cb%3E.mq4"
    record = api.shown(f"/file?path={path}")
    history = api.shown(f"/file/history?path={path}")

    assert record["path"] == "Robôs/Ouro & <b>.mq4"
    assert record["risk"]["take_profit"][0]["line"] == 6
    assert [each["what"] for each in history] == ["added"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/files?limit=no", "limit"),
        ("/files?limit=501", "limit"),
        ("/files?limit=1&limit=2", "limit: given 2 times"),
        ("/files?kind=robot", "kind"),
        ("/files?stragety=grid", "stragety"),
        ("/file", "path"),
        ("/log?level=loud", "level"),
        ("/snapshots/difference?old=..&new=latest", "old"),
    ],
)
def test_what_cannot_be_used_is_said_by_name(api: Api, path: str, said: str) -> None:
    answer = api.get(path)

    assert answer.code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/file?path=none.mq4",
        "/file?path=../../etc/passwd",
        "/file?path=%00",
        "/nothing",
    ],
)
def test_what_is_not_there_is_said_so(api: Api, path: str) -> None:
    answer = api.get(path)

    assert answer.code == 404
    assert json.loads(answer.body)["status"] == 404


def test_a_snapshot_is_taken_listed_compared_and_restored(
    api: Api, running: Orchestrator
) -> None:
    assert api.shown("/snapshots") == []
    assert api.post("/snapshots", {}).code == 202
    _soon(lambda: len(api.shown("/snapshots")) == 1)
    source = running.library / "0.mq4"
    before = source.read_bytes()
    source.write_bytes(before + b"// more\n")
    api.post("/snapshots", {})
    other, one = _soon(lambda: len(found := api.shown("/snapshots")) == 2 and found)

    difference = api.shown(
        f"/snapshots/difference?old={one['id']}&new={other['id']}&text=true"
    )
    assert [each["path"] for each in difference["changes"]] == ["0.mq4"]
    assert "+// more" in difference["changes"][0]["text"]["diff"]

    order = {"snapshot": one["id"], "path": "0.mq4", "force": True}
    assert api.post("/restores", order).code == 400
    order["confirm"] = "in place"
    assert api.post("/restores", order).code == 202
    _soon(lambda: source.read_bytes() == before)


def test_a_run_is_ordered_and_its_end_is_told(api: Api, running: Orchestrator) -> None:
    (running.library / "new.mq4").write_text("int start() { return 0; }", "utf-8")

    taken = api.post("/runs", {"paths": ["new.mq4"]})

    assert taken.code == 202
    assert set(json.loads(taken.body)) == {"token"}
    _soon(lambda: api.shown("/files")["total"] == 5)
    assert api.post("/runs", {"paths": ["../outside"]}).code == 404


def test_a_correction_is_kept_and_shown(api: Api) -> None:
    order = {"path": "Robôs/Ouro & <b>.mq4", "primary": "grid", "note": "eu sei"}

    corrected = api.post("/labels", order)

    assert corrected.code == 200, corrected.text
    assert json.loads(corrected.body)["primary"] == "grid"
    (line,) = api.shown("/files?strategy=grid")["files"]
    assert line["primary"] == "grid"
    assert api.post("/labels", order | {"primary": "gird"}).code == 422
    assert api.post("/labels", order | {"path": "none"}).code == 404


def test_reports_are_written_and_the_log_is_read(
    api: Api, running: Orchestrator
) -> None:
    assert api.post("/reports", {"formats": ["json"]}).code == 202
    _soon((running.state / "reports" / "report.json").exists)

    lines = _soon(lambda: api.shown("/log?lines=2"))
    assert len(lines) == 2
    assert {"time", "level", "message"} <= set(lines[0])


def test_status_and_the_history_of_a_metric_are_shown(api: Api) -> None:
    status = api.shown("/status")
    assert status["files_processed"] == 4
    name = "orquestrador_machine_cpu_percent"

    history = api.shown(f"/metrics/history?metric={name}&seconds=60")

    assert history["metric"] == name


def test_the_classifier_is_paused_and_goes_on(api: Api) -> None:
    assert api.shown("/status")["paused"] is False

    assert json.loads(api.post("/pause", {"paused": True}).body) == {"paused": True}

    assert api.shown("/status")["paused"] is True
    api.post("/runs", {"verify": True})
    assert api.post("/pause", {"paused": False}).code == 200
    assert api.shown("/status")["paused"] is False


def test_an_alert_is_silenced_and_one_that_is_not_there_is_said_so(api: Api) -> None:
    rules = _soon(lambda: api.shown("/status")["metrics"]["alerts"])
    alert = {"rule": rules[0]["rule"], "subject": rules[0]["subject"]}

    silent = json.loads(api.post("/alerts/silence", alert | {"seconds": 60}).body)

    assert silent["silent_until"] > time.time()
    shown = api.shown("/status")["metrics"]["alerts"][0]
    assert shown["silent_until"] == silent["silent_until"]
    ended = json.loads(api.post("/alerts/silence", alert | {"seconds": 0}).body)
    assert ended["silent_until"] == 0
    assert json.loads(api.post("/alerts/acknowledge", alert).body)["rule"]
    for path, more in (("acknowledge", {}), ("silence", {"seconds": 1})):
        none = {"rule": "no such rule"} | more
        assert api.post(f"/alerts/{path}", none).code == 404
    assert api.post("/alerts/silence", alert | {"seconds": -1}).code == 400


class Fragile(Actor):
    """Fails on everything."""

    def on_receive(self, message: Any) -> None:
        raise RuntimeError(f"fell over {message}")


def test_a_failed_actor_says_why(serve: Serve) -> None:
    with serve(extra=(ChildSpec(id="fragile", actor=Fragile),)) as orq:
        api = Api(orq)
        orq.system.ref("fragile").tell("x" * 1000)

        def found() -> Any:
            actors = api.shown("/status")["metrics"]["actors"]
            return next(each for each in actors if each["name"] == "fragile")

        _soon(lambda: found()["restarts"] == 1)

        assert found()["last_failure"].startswith("RuntimeError: fell over xxx")
        assert len(found()["last_failure"]) <= 300
        assert found()["last_failure_s"] >= 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"paths": "x"}', 400),
        ('{"paths": [1]}', 400),
        ('{"more": 1}', 400),
        ("[" * 100_000, 400),
        ('{"paths": ["' + "x" * 300_000 + '"]}', 413),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(api: Api, body: str, code: int) -> None:
    assert api.post("/runs", body).code == code


def test_the_document_describes_every_address(api: Api) -> None:
    document = api.shown("/openapi.json")

    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"]
            if method == "get":
                needed = [each for each in operation["parameters"] if each["required"]]
                code = api.get(path.removeprefix("/api/v1")).code
                assert code == (400 if needed else 200), path
    used = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in used
