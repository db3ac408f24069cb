"""The library over the API: facets, one file, corrections, restores, reports."""

import datetime as dt
import json
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from orquestrador import Orchestrator
from orquestrador.messages import Message
from orquestrador.messages.backup import RestoreFinished, VerifyFinished
from orquestrador.messages.run import RunFinished
from tests.web.test_api import GRID, Api

NAME = "Robôs/Ouro & <b>.mq4"
SOURCE_WITH_KEY = 'string token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";\n'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    folder = tmp_path_factory.mktemp("place")
    (folder / "outside.mq4").write_text("int OnInit() { return 5; }\n", "utf-8")
    library = folder / "library"
    (library / "Robôs").mkdir(parents=True)
    (library / NAME).write_text(GRID, "utf-8")
    (library / "copy.mq4").write_text("// the same code\n" + GRID, "utf-8")
    (library / "100%.mq4").write_text(
        SOURCE_WITH_KEY + GRID.replace("Lots", "Size"), "utf-8"
    )
    for number in range(3):
        text = f"int OnInit() {{ return {number}; }}\n"
        (library / f"{number}.mq4").write_text(text, "utf-8")
    settings = {
        "classification": {"engine": "inline"},
        "web": {"port": 0},
        # Nothing happens but what is asked for.
        "backup": {"automatic": False},
        "report": {"automatic": False},
    }
    with Orchestrator(library, settings=settings, web=True) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
        yield orq


@pytest.fixture(scope="module")
def api(running: Orchestrator) -> Api:
    return Api(running)


def _soon(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def _ended(
    running: Orchestrator, kind: type[Message], api: Api, path: str, order: Any
) -> Any:
    """Give an order; wait for the event that tells how it ended."""
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    heard = running.subscribe(kind, events.put)
    answer = api.post(path, order)
    assert answer.code == 202, answer.text
    token = json.loads(answer.body)["token"]
    while (event := events.get(timeout=60)).token != token:
        pass
    heard.cancel()
    assert event.problem is None
    return event


def _paths(found: Any) -> list[str]:
    return [each["path"] for each in found["files"]]


def _counts(facets: Any, facet: str) -> dict[str, int]:
    return {each["code"]: each["files"] for each in facets[facet]}


# -- search ----------------------------------------------------------------------------


def test_facets_count_what_a_search_would_find(api: Api) -> None:
    facets = api.shown("/files/facets")

    assert facets["files"] == facets["judged"] == 6
    for facet in ("language", "kind", "strategy", "risk", "symbol", "prop_firm"):
        for code, count in _counts(facets, facet).items():
            found = api.shown(f"/files?limit=0&{facet}={quote(code)}")
            assert found["total"] == count, (facet, code)
    narrowed = api.shown("/files/facets?kind=expert&risk=no_stop_loss")
    assert narrowed["files"] == 3
    assert _counts(narrowed, "symbol") == {"XAUUSD": 3}
    assert _counts(narrowed, "hygiene") == {"secret": 1}


def test_files_without_a_label_are_those_judged_less_those_with_it(api: Api) -> None:
    facets = api.shown("/files/facets")
    with_it = _counts(facets, "risk")["take_profit"]

    found = api.shown("/files?limit=0&no_risk=take_profit")

    assert found["total"] == facets["judged"] - with_it


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("duplicates=exact", 0),
        ("duplicates=same_code", 2),
        ("duplicates=near", 2),
        ("prop_firm=unsuitable&kind=script", 0),
        ("symbol=GOLD", 3),
        ("symbol=GOLD&symbol_exact=true", 0),
        ("timeframe=m5", 0),
        ("includes=Trade.mqh", 0),
        ("missing_include=true", 0),
        ("changed_since=2001-01-01T00:00:00Z", 6),
        ("changed_since=9999-12-31T23:59:59Z", 0),
        ("changed_since=0001-01-01T00:00:00%2B14:00", 6),
    ],
)
def test_every_filter_of_the_command_is_there(api: Api, asked: str, count: int) -> None:
    assert api.shown(f"/files?{asked}")["total"] == count
    assert api.shown(f"/files/facets?{asked}")["files"] == count


def test_a_moment_without_its_zone_is_refused(api: Api) -> None:
    assert api.get("/files?changed_since=2001-01-01T00:00:00").code == 400


# -- one file --------------------------------------------------------------------------


def test_a_source_is_shown_with_what_rests_on_its_lines(api: Api) -> None:
    shown = api.shown(f"/file/source?path={quote(NAME)}")

    assert shown["total"] == len(shown["lines"])
    assert shown["current"]
    line = shown["lines"][5]
    assert line["number"] == 6
    assert "OrderSend(" in line["text"]
    assert {"take_profit", "XAUUSD"} <= {each["label"] for each in line["marks"]}
    part = api.shown(f"/file/source?path={quote(NAME)}&first=3&lines=2")
    assert [each["number"] for each in part["lines"]] == [3, 4]
    assert api.shown(f"/file/source?path={quote(NAME)}&first=99")["lines"] == []


def test_a_password_in_a_source_is_masked(api: Api) -> None:
    answer = api.get(f"/file/source?path={quote('100%25.mq4')}")

    assert "ghp_" not in answer.text
    assert json.loads(answer.body)["lines"][0]["text"] == 'string token = "•••";'


def test_a_changed_file_has_no_marks_of_what_it_was(
    api: Api, running: Orchestrator
) -> None:
    path = running.library / "2.mq4"
    before = path.read_bytes()
    path.write_bytes(before + b"// more\n")
    shown = api.shown("/file/source?path=2.mq4")
    path.unlink()
    gone = api.shown("/file/source?path=2.mq4")
    path.write_bytes(before)

    assert not shown["current"]
    assert not any(each["marks"] for each in shown["lines"])
    assert gone["problem"] == "vanished before it could be read"


def test_what_a_prop_firm_wants_is_told_in_words(api: Api) -> None:
    told = api.shown(f"/file/verdict?path={quote(NAME)}")

    assert (told["name"], told["level"]) == ("FTMO", "unsuitable")
    missed = {each["rule"]: each for each in told["rules"] if not each["met"]}
    sentence = missed["stop_on_every_trade"]["words"]
    assert " " in sentence
    assert "_" not in sentence
    assert api.shown("/file/verdict?path=0.mq4") is None


def test_copies_are_told_with_the_best_and_why(api: Api) -> None:
    copies = api.shown(f"/file/copies?path={quote(NAME)}")

    paths = {each["path"] for each in copies["group"]["copies"]}
    assert {NAME, "copy.mq4"} <= paths
    assert copies["why"]
    assert api.shown("/file/explanation?path=0.mq4")["strategies"] is not None


def test_what_spoke_for_a_label_is_told(api: Api) -> None:
    told = api.shown(f"/file/explanation?path={quote(NAME)}")

    assert told["kinds"][0]["label"] == "expert"
    assert told["kinds"][0]["voices"]


# -- corrections -----------------------------------------------------------------------


def test_a_correction_is_kept_shown_and_taken_away(api: Api) -> None:
    path = "100%25.mq4"
    order = {"path": path, "primary": "news", "add": ["M5"], "note": "<b>I</b> know"}

    assert api.post("/labels", order).code == 200
    said = api.shown(f"/file/correction?path={quote(path)}")
    assert (said["primary"], said["note"]) == ("news", "<b>I</b> know")
    assert _paths(api.shown("/files?strategy=news&timeframe=M5")) == [path]

    assert api.post("/labels/clear", {"path": path}).code == 200
    assert api.shown(f"/file/correction?path={quote(path)}") is None
    assert api.shown("/files?strategy=news")["total"] == 0


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"kind": "unknown"}, 400),
        ({"language": "unknown"}, 400),
        ({"primary": "gird"}, 422),
        ({"add": ["grid"], "remove": ["grid"]}, 422),
        ({"path": "../outside.mq4", "primary": "grid"}, 404),
        ({"path": "none.mq4", "primary": "grid"}, 404),
    ],
)
def test_what_cannot_be_said_of_a_file_is_refused(
    api: Api, order: dict[str, Any], code: int
) -> None:
    assert api.post("/labels", {"path": "0.mq4"} | order).code == code
    assert api.post("/labels/clear", {"path": "../outside.mq4"}).code == 404


def test_a_run_is_about_files_as_they_are_shown(
    api: Api, running: Orchestrator
) -> None:
    order = {"paths": ["100%25.mq4", NAME]}

    done = _ended(running, RunFinished, api, "/runs", order)

    assert done.files == 2
    for wrong in ("../outside.mq4", "none.mq4", "\ud800"):
        assert api.post("/runs", {"paths": [wrong]}).code in {400, 404}


# -- snapshots -------------------------------------------------------------------------


def test_a_snapshot_is_looked_into_before_it_is_restored(
    api: Api, running: Orchestrator
) -> None:
    snapshot = running.backup(timeout=60)
    assert snapshot is not None
    source, other = running.library / "0.mq4", running.library / "1.mq4"
    before = source.read_bytes()
    source.write_bytes(before + b"// more\n")
    other.unlink()
    added = running.library / "added.mq4"
    added.write_bytes(b"// new\n")

    preview = api.shown(f"/snapshots/preview?snapshot={snapshot.id}")
    since = api.shown(f"/snapshots/difference?old={snapshot.id}&text=true")

    whats = {each["path"]: each["what"] for each in preview["files"]}
    assert whats == {"0.mq4": "different", "1.mq4": "missing"}
    assert (preview["left_alone"], preview["same"]) == (1, 4)
    assert since["new"] is None
    assert "-// more" not in since["changes"][0]["text"]["diff"]
    assert "+// more" in since["changes"][0]["text"]["diff"]
    one = api.shown(f"/snapshots/preview?snapshot={snapshot.id}&path=1.mq4")
    assert [each["path"] for each in one["files"]] == ["1.mq4"]
    cut = api.shown(f"/snapshots/difference?old={snapshot.id}&limit=1")
    assert len(cut["changes"]) == 1

    order = {"snapshot": snapshot.id, "force": True, "confirm": "in place"}
    assert api.post("/restores", order).code == 202
    _soon(lambda: other.exists() and source.read_bytes() == before)
    assert added.exists()
    _soon(lambda: api.post("/restores/undo", {}).code == 202)
    _soon(lambda: not other.exists())
    other.write_bytes(b"int OnInit() { return 1; }\n")
    added.unlink()


def test_a_file_is_restored_into_a_new_folder_beside(
    api: Api, running: Orchestrator
) -> None:
    running.backup(timeout=60)
    newest = api.shown("/snapshots")[0]["id"]
    kept = api.shown("/file/kept?path=2.mq4")
    order = {"snapshot": newest, "path": "2.mq4"}

    first, second = (
        _ended(running, RestoreFinished, api, "/restores/beside", order).result
        for _ in range(2)
    )

    assert (first.written, second.written) == (1, 1)
    assert first.to != second.to
    assert Path(first.to).parent == running.library.parent
    assert kept["contents"][0]["snapshots"][0] == newest
    restored = Path(first.to) / "2.mq4"
    assert restored.read_bytes() == (running.library / "2.mq4").read_bytes()


def test_what_a_restore_will_refuse_is_foreseen(
    api: Api, running: Orchestrator
) -> None:
    running.backup(timeout=60)
    path = running.library / "2.mq4"
    before = path.read_bytes()
    path.unlink()
    path.mkdir()

    preview = api.shown("/snapshots/preview?snapshot=latest&path=2.mq4")
    order = {"snapshot": "latest", "path": "2.mq4", "force": True}
    order["confirm"] = "in place"
    done = _ended(running, RestoreFinished, api, "/restores", order).result
    path.rmdir()
    path.write_bytes(before)

    assert (preview["refused"], preview["missing"]) == (1, 0)
    (foreseen,) = preview["files"]
    (refused,) = done.refused
    assert foreseen["what"] == "refused"
    assert (foreseen["path"], foreseen["reason"]) == (refused.path, refused.reason)


def test_the_library_is_not_written_to_unless_that_is_said(api: Api) -> None:
    for more in ({}, {"confirm": True}, {"confirm": "yes"}):
        assert api.post("/restores", {"snapshot": "latest"} | more).code == 400
    for given in ("../main", "a/b/c", "....", "x"):
        assert api.post("/restores/beside", {"snapshot": given}).code == 400
    assert api.post("/restores/beside", {"snapshot": "none"}).code == 404
    assert api.post("/snapshots/verify", {"snapshot": "none"}).code == 404


def test_snapshots_are_checked(api: Api, running: Orchestrator) -> None:
    running.backup(timeout=60)

    told = _ended(running, VerifyFinished, api, "/snapshots/verify", {}).result

    assert told.problems == ()
    assert told.contents >= 5


# -- reports ---------------------------------------------------------------------------


def test_reports_are_listed_and_opened_where_they_can_do_no_harm(
    api: Api, running: Orchestrator
) -> None:
    assert api.get("/reports/file?kind=full&format=html").code == 404
    running.report(kind="full", formats=("html", "json"), timeout=60)

    found = {each["format"]: each for each in api.shown("/reports")}
    page = api.get("/reports/file?kind=full&format=html")
    data = api.get("/reports/file?kind=full&format=json")

    assert set(found) == {"html", "json"}
    assert found["html"]["size"] == len(page.body)
    assert dt.datetime.fromisoformat(found["html"]["at"]).tzinfo
    policy = page.headers["content-security-policy"]
    assert policy.startswith(
        "sandbox allow-scripts allow-downloads; default-src 'none'"
    )
    assert "allow-same-origin" not in policy
    assert page.headers["content-disposition"] == "inline"
    assert "attachment" in data.headers["content-disposition"]
    assert json.loads(data.body)
