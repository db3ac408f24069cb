"""A library full of what should not be there: each has its record or its reason.

The list is DESIGN.md's, promise 8. A full disk and two programs at once are in
tests/faults.
"""

import io
import json
import os
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.errors import LibraryError
from orquestrador.library import shown_name
from orquestrador.messages import Record, record_json_line

EXPERT = """\
#property copyright "x"
extern double Lots = 0.1;
int start() {
   if (OrdersTotal() == 0)
      OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, Bid - 50 * Point, Ask + 50 * Point);
   return (0);
}
"""


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.mq4", EXPERT)
    return data.getvalue()


CONTENTS: dict[str, bytes] = {
    "plain.mq4": EXPERT.encode(),
    "one-line.mq4": EXPERT.replace("\n", " ").encode()
    + b"int a[]={"
    + b"1," * 1_500_000
    + b"0};",
    "half-utf16.mq4": EXPERT.encode("utf-16-le") + EXPERT.encode(),
    "damaged-utf16.mq4": b"\xef\xbf\xbd\xef\xbf\xbd" + EXPERT.encode("utf-16-le"),
    "utf16.mq5": EXPERT.encode("utf-16"),
    "archive.mq4": _zip(),
    "compiled.mq4": b"EX4\x00" + bytes(range(256)) * 40,
    "program.mq5": b"MZ\x90\x00" + bytes(range(256)) * 40,
    "page.mq4": b"<!DOCTYPE html><html><body>404</body></html>",
    "empty.mq4": b"",
    "only-a-bom.mq5": b"\xff\xfe",
    "zeros.mqh": bytes(5000),
    "unclosed-comment.mq4": EXPERT.encode() + b"\n/* and so on",
    "unclosed-string.mq4": EXPERT.encode() + b'\nstring s = "and so on',
    "open-block.mq4": EXPERT.encode() + b"\nvoid f() { if (1) {",
    "binary.pine": bytes(range(256)) * 100,
    "noise.mqh": bytes((i * 7919) % 251 for i in range(20_000)),
    "merge.mq4": b"<<<<<<< HEAD\n" + EXPERT.encode() + b"=======\n>>>>>>> other\n",
    "cr-only.mq4": EXPERT.replace("\n", "\r").encode(),
}
REASONS = {
    "archive.mq4": "archive",
    "compiled.mq4": "compiled program",
    "program.mq5": "",
    "page.mq4": "web page",
    "empty.mq4": "empty",
    "only-a-bom.mq5": "empty",
    "zeros.mqh": "",
    "binary.pine": "",
}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    library = tmp_path_factory.mktemp("hostile")
    for name, data in CONTENTS.items():
        (library / name).write_bytes(data)
    return {record.path: record for record in _classified(library)}


def _classified(library: Path) -> list[Record]:
    with Orchestrator(library) as orq:
        orq.classify(backup=True, report=True).result(timeout=90)
    with Catalog(
        library / ".orquestrador" / "catalog.sqlite3", read_only=True
    ) as found:
        return list(found.records())


def test_every_file_has_a_record(records: dict[str, Record]) -> None:
    assert records.keys() == CONTENTS.keys()


@pytest.mark.parametrize("name", sorted(CONTENTS.keys() - REASONS.keys()))
def test_a_source_is_read_whatever_was_done_to_it(
    records: dict[str, Record], name: str
) -> None:
    if name == "noise.mqh":
        assert records[name].language == "unknown"
    else:
        assert (records[name].language, records[name].kind) == ("mql4", "expert")


@pytest.mark.parametrize(("name", "reason"), [*REASONS.items()])
def test_what_is_no_source_says_what_it_is(
    records: dict[str, Record], name: str, reason: str
) -> None:
    record = records[name]

    assert (record.language, record.kind) == ("unknown", "unknown")
    assert record.reason
    assert reason in record.reason


@pytest.mark.parametrize(
    "name", ["unclosed-comment.mq4", "unclosed-string.mq4", "open-block.mq4"]
)
def test_a_file_that_ends_too_early_is_marked(
    records: dict[str, Record], name: str
) -> None:
    assert "truncated" in {label.label for label in records[name].hygiene or ()}


def test_no_evidence_is_longer_than_a_line_of_a_screen(
    records: dict[str, Record],
) -> None:
    for record in records.values():
        for line in _evidence(json.loads(record_json_line(record))):
            assert len(line["text"]) <= 240
            assert "\n" not in line["text"]


def _evidence(plain: object) -> Iterator[dict[str, Any]]:
    if isinstance(plain, dict):
        found = cast("dict[str, Any]", plain)
        if {"rule", "line", "text"} <= found.keys():
            yield found
        for value in found.values():
            yield from _evidence(value)
    elif isinstance(plain, list):
        for value in cast("list[object]", plain):
            yield from _evidence(value)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX kinds of file")
def test_links_pipes_and_sockets_are_named_and_never_opened(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    (tmp_path / "plain.mq4").write_text(EXPERT)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "loop.mq4").symlink_to(tmp_path / "loop.mq4")
    (tmp_path / "outside.mq4").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.mq4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.mq5"))
        reasons = {each.path: each.reason for each in _classified(tmp_path)}

    assert reasons == {
        "plain.mq4": None,
        "loop.mq4": "symbolic link, not followed",
        "outside.mq4": "symbolic link, not followed",
        "pipe.mq4": "named pipe, not opened",
        "s.mq5": "socket, not opened",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="file systems with byte names")
def test_names_with_newlines_and_undecodable_bytes_are_kept_apart(
    tmp_path: Path,
) -> None:
    names = [b"a\nb.mq4", b"\xff.mq4", b"%FF.mq4", b"\xed\xb0\x80.mq4", b"\t'\".mq4"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text(EXPERT)

    records = _classified(tmp_path)

    assert {each.path for each in records} == {shown_name(name) for name in names}
    assert {each.kind for each in records} == {"expert"}


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    if sys.platform != "win32" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "a.mq4").write_text(EXPERT)
    (tmp_path / "b.mq4").write_text(EXPERT)
    (tmp_path / "a.mq4").chmod(0)

    reasons = {each.path: each.reason for each in _classified(tmp_path)}

    assert "no permission to read" in (reasons["a.mq4"] or "")
    assert reasons["b.mq4"] is None


def test_a_file_over_the_limit_is_named_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORQUESTRADOR_CLASSIFICATION__MAX_FILE_MB", "0.001")
    (tmp_path / "a.mq4").write_bytes(b"x" * 2000)

    (record,) = _classified(tmp_path)

    assert "is over the limit" in (record.reason or "")


@pytest.mark.parametrize("what", ["vanish", "change", "grow", "shrink"])
def test_files_that_move_under_the_reader_have_a_record_of_what_was_read(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orquestrador.catalog import comparison  # noqa: PLC0415 -- the reader to disturb

    path = tmp_path / "a.mq4"
    path.write_text(EXPERT)
    (tmp_path / "b.mq4").write_text(EXPERT + "// b")
    real = comparison.read_content

    def disturbed(file: str, limit: int) -> object:
        if Path(file) == path:
            match what:
                case "vanish":
                    path.unlink(missing_ok=True)
                case "change":
                    path.write_text(EXPERT.replace("BUY", "SELL"))
                case "grow":
                    path.write_text(EXPERT * 3)
                case _:
                    path.write_text("")
        return real(file, limit)

    monkeypatch.setattr(comparison, "read_content", disturbed)
    first = {each.path: each for each in _classified(tmp_path)}
    monkeypatch.undo()
    second = {each.path: each for each in _classified(tmp_path)}

    assert first["b.mq4"].kind == "expert"
    if what == "vanish":
        assert first["a.mq4"].reason == "vanished before it could be read"
        assert "a.mq4" not in second
    else:
        assert first["a.mq4"].sha256 == second["a.mq4"].sha256


def test_a_library_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mq4").write_text(EXPERT)

    with pytest.raises(LibraryError, match="is no folder"):
        Orchestrator(tmp_path / "a.mq4")
