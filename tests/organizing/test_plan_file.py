"""A plan's file is read back as it was written; by hand it may say anything."""

import json
from pathlib import Path

import pytest

from orquestrador.errors import OrganizeError
from orquestrador.organizing.plan import BrokenReference
from orquestrador.organizing.plan_file import read_plan, write_plan
from tests.organizing.libraries import Library

FILES = {"old/Gold.mq4": "gold", "per%cent\u00e9.mq4": "x"}


@pytest.fixture
def plan(library: Library, tmp_path: Path) -> Path:
    library.fill(FILES)
    path = tmp_path / "plans" / "plan.jsonl"
    moves = {"old/Gold.mq4": "EAs/a.mq4", "per%cent\u00e9.mq4": "EAs/100%.mq4"}
    write_plan(library.plan(moves), path)
    return path


def edited(path: Path, **changes: object) -> Path:
    """Change what the first move's line says."""
    lines = path.read_text(encoding="utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if '"to"' in line and line[0] == "{")
    lines[place] = json.dumps({**json.loads(lines[place]), **changes})
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_is_written_is_read_back(library: Library, plan: Path) -> None:
    read = read_plan(plan)

    assert [move._replace(line=None) for move in read.moves] == [
        library.move("old/Gold.mq4", "EAs/a.mq4"),
        library.move("per%cent\u00e9.mq4", "EAs/100%.mq4"),
    ]


def test_notepad_changes_nothing_that_matters(plan: Path) -> None:
    text = plan.read_text(encoding="utf-8")
    before = read_plan(plan)

    plan.write_bytes(
        b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    )

    assert read_plan(plan) == before


def test_a_line_that_is_struck_out_keeps_its_file(plan: Path) -> None:
    lines = plan.read_text(encoding="utf-8").splitlines()
    plan.write_text("\n".join(lines[:-1]), encoding="utf-8")

    assert len(read_plan(plan).moves) == 1


def test_what_breaks_is_told_in_a_line_for_people(
    library: Library, tmp_path: Path
) -> None:
    broken = BrokenReference(b"a.mq4", 3, "include", "x\ny.mqh", None)
    write_plan(library.plan({}, broken=(broken,)), tmp_path / "plan")

    text = (tmp_path / "plan").read_text(encoding="utf-8")
    assert "# breaks: a.mq4, line 3: #include x\\ny.mqh" in text
    assert read_plan(tmp_path / "plan").moves == ()


HOSTILE = {
    "/etc/passwd": "relative",
    "../out.mq4": "leads out",
    "a/../../out.mq4": "leads out",
    "a//b.mq4": "leads out",
    "./a.mq4": "leads out",
    "a/": "leads out",
    "": "leads out",
    "C:/x.mq4": "relative",
    "c:x.mq4": "relative",
    "a/C:x.mq4": "does not allow",
    "\\\\?\\C:\\x.mq4": "relative",
    "\\\\server\\share\\x.mq4": "relative",
    "a\\b.mq4": "does not allow",
    "a/what?.mq4": "does not allow",
    "a/x.mq4:stream": "does not allow",
    "a\x00b.mq4": "zero byte",
    "a%00b.mq4": "zero byte",
    "a\nb.mq4": "does not allow",
    "con": "device",
    "EAs/NUL.mq4": "device",
    "EAs/com\u00b9.txt": "device",
    "EAs/name.": "ends with",
    "EAs /x.mq4": "ends with",
    "EAs/x ": "ends with",
    "%E9.mq4": "no text",
    ".git/hooks/x": "not the library's own",
    "a/.GIT/config": "not the library's own",
    ".orquestrador/catalog.sqlite3": "not the library's own",
    ".orquestrador-restore-1/x": "not the library's own",
    "mystate/catalog.sqlite3": "state folder",
    "MyState/journal/x": "state folder",
    "mystate": "state folder",
    "a" * 256: "too long",
    "a/" * 1200 + "x": "too long",
}


@pytest.mark.parametrize("target", HOSTILE)
def test_a_target_that_leads_astray_is_refused_by_line(plan: Path, target: str) -> None:
    with pytest.raises(OrganizeError, match="line 6, to: ") as told:
        read_plan(edited(plan, to=target), (b"mystate",))
    assert HOSTILE[target] in str(told.value)


@pytest.mark.parametrize(
    "source",
    ["../x.mq4", "/x", ".git/config", "a%00", "mystate/x"],
)
def test_a_source_that_leads_astray_is_refused_by_line(plan: Path, source: str) -> None:
    with pytest.raises(OrganizeError, match="line 6, from: "):
        read_plan(edited(plan, **{"from": source}), (b"mystate",))


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "x"},
        {"size": -1},
        {"size": "big"},
        {"mtime_ns": 2**70},
        {"to": None},
        {"surprise": 1},
    ],
)
def test_a_line_that_says_something_else_is_refused(
    plan: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(OrganizeError, match="line 6: "):
        read_plan(edited(plan, **changes))


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("EAs/100%25.mq4", "line 6 has the same name"),
        ("eas/100%25.MQ4", "line 6 has the same name"),
        ("EAs/100%25.mq4/x", "is a file by line"),
    ],
)
def test_two_files_in_one_place_are_refused(plan: Path, to: str, words: str) -> None:
    with pytest.raises(OrganizeError) as told:
        read_plan(edited(plan, to=to))
    assert words in str(told.value)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"not a plan", b"\xff\xfe", b'{"plan": 2}', b"[" * 99999],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plan"
    path.write_bytes(text)

    with pytest.raises(OrganizeError):
        read_plan(path)


def test_a_plan_of_a_later_format_is_refused(plan: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace('"plan":1', '"plan":2')
    plan.write_text(text, encoding="utf-8")

    with pytest.raises(OrganizeError, match="format 2"):
        read_plan(plan)


def test_only_so_many_mistakes_are_told(plan: Path) -> None:
    with plan.open("a", encoding="utf-8") as file:
        file.write("nonsense\n" * 100)

    with pytest.raises(OrganizeError, match="and 80 more") as told:
        read_plan(plan)
    assert len(str(told.value).splitlines()) == 22


def test_a_windows_path_in_a_line_is_explained(plan: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace("EAs/a.mq4", "EAs\\gold.mq4")
    plan.write_text(text, encoding="utf-8")

    with pytest.raises(OrganizeError, match="write / between folders"):
        read_plan(plan)
