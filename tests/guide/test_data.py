"""What the guide's functions keep and read."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orquestrador import atualizar_catalogo_seguro, dados_do_catalogo, read_source
from orquestrador.errors import MessageValueError
from orquestrador.user_data import UserData

OTHER = """\
import sys
from orquestrador import atualizar_catalogo_seguro
for number in range(200):
    atualizar_catalogo_seguro({f"{sys.argv[1]}-{number}.mq4": {"note": sys.argv[1]}})
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "CODIGO_FONTE_LIBRARY"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.usefixtures("library")
def test_ten_thousand_updates_of_a_hundred_threads_are_kept() -> None:
    """Guide: G18."""
    begin = threading.Barrier(100)

    def update(thread: int) -> None:
        begin.wait(30)
        for number in range(100):
            path = f"EAs/{thread}-{number}.mq4"
            atualizar_catalogo_seguro({path: {"tags": [f"{thread}"], "note": "nota"}})

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(update, range(100)))

    kept = dados_do_catalogo()
    assert len(kept) == 10_000
    assert kept["EAs/99-99.mq4"] == {"tags": ["99"], "note": "nota"}


@pytest.mark.usefixtures("library")
def test_updates_of_one_file_are_all_kept_too() -> None:
    """Guide: G18."""

    def update(thread: int) -> None:
        for number in range(10):
            name = f"{thread}-{number}"
            atualizar_catalogo_seguro({"a.mq4": {"tags": [name], "labels": {name: 1}}})

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(update, range(20)))

    kept = dados_do_catalogo()["a.mq4"]
    assert len(kept["tags"]) == len(kept["labels"]) == 200


def test_two_processes_may_write_at_once(library: Path) -> None:
    """Guide: G18."""
    others = [
        subprocess.Popen([sys.executable, "-c", OTHER, name], cwd=library.parent)
        for name in ("a", "b")
    ]
    try:
        assert [each.wait(60) for each in others] == [0, 0]
    finally:
        for each in others:
            each.kill()

    kept = dados_do_catalogo()
    assert len(kept) == 400
    assert kept["b-199.mq4"] == {"note": "b"}


def test_what_is_taken_away_is_gone(tmp_path: Path) -> None:
    store = UserData(tmp_path)
    store.update({"a": {"tags": ["x", "y"], "note": "n", "labels": {"k": 1, "l": 2}}})
    store.update({"a": {"tags": ["y", "z"], "note": None, "labels": {"k": None}}})
    assert store.read() == {"a": {"tags": ["x", "y", "z"], "labels": {"l": 2}}}

    store.update({"a": {"tags": None, "labels": None}})

    assert store.read() == UserData(tmp_path).read() == {"a": {}}


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_was_cut_off_costs_nothing_else(tmp_path: Path, cut: int) -> None:
    store = UserData(tmp_path)
    for name in "abc":
        store.update({name: {"note": name}})
    store.path.write_bytes(store.path.read_bytes()[:-cut])
    assert set(UserData(tmp_path).read()) == {"a", "b"}

    UserData(tmp_path).update({"d": {"note": "d"}})

    other = UserData(tmp_path)
    assert set(other.read()) == {"a", "b", "d"} | ({"c"} if cut == 1 else set())
    assert other.damaged == (0 if cut == 1 else 1)


def test_a_changed_line_is_not_believed(tmp_path: Path) -> None:
    store = UserData(tmp_path)
    store.update({"a": {"note": "right"}})
    store.path.write_bytes(store.path.read_bytes().replace(b"right", b"wrong"))

    other = UserData(tmp_path)

    assert other.read() == {}
    assert other.damaged == 1


def test_what_cannot_be_written_is_not_kept_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = UserData(tmp_path)
    store.update({"a": {"note": "a"}})

    def fail(_file: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="no space left"):
            store.update({"b": {"note": "b"}})

    store.update({"c": {"note": "c"}})
    assert set(UserData(tmp_path).read()) == {"a", "c"}


@pytest.mark.parametrize(
    "data",
    [
        {"a": {"tagz": []}},
        {"a": {"tags": "x"}},
        {"a": {"note": 3}},
        {"a": {"labels": ["x"]}},
        {"a": {"labels": {"x": object()}}},
        {"": {"note": "n"}},
        {3: {"note": "n"}},
    ],
)
def test_data_of_another_form_is_refused_whole(tmp_path: Path, data: Any) -> None:
    store = UserData(tmp_path)

    with pytest.raises(MessageValueError):
        store.update({"good": {"note": "n"}} | data)

    assert store.read() == {}


@pytest.mark.usefixtures("library")
def test_any_name_of_a_file_comes_back() -> None:
    names = ["Robô é ouro.mq4", "a\nb.mq4", "\udce9.mq4", "日本.mq5"]

    atualizar_catalogo_seguro({name: {"note": name} for name in names})

    assert dados_do_catalogo() == {name: {"note": name} for name in names}


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("// ação\n".encode(), ("// ação\n", "utf-8")),
        ("// ação\r\n".encode("utf-16"), ("// ação\r\n", "utf-16-le")),
        ("// posição fixada não é ação\n".encode("cp1252"), None),
        (b"PK\x03\x04" + bytes(range(256)) * 4, ("", None)),
        (b"", ("", None)),
    ],
)
def test_a_source_is_read_whatever_its_encoding(
    tmp_path: Path, data: bytes, read: tuple[str, str | None] | None
) -> None:
    file = tmp_path / "a.mq4"
    file.write_bytes(data)

    text, encoding = read_source(file)

    if read is None:
        assert text == "// posição fixada não é ação\n"
        assert text.encode(encoding or "") == data
    else:
        assert (text, encoding) == read
    assert json.dumps(text)
