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


# -- a file that is mostly superseded --------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small files looked at."""
    monkeypatch.setattr("orquestrador.user_data.COMPACT_BYTES", 2_000)


def change(store: UserData, path: str, times: int) -> None:
    for number in range(times):
        store.update(
            {
                path: {
                    "note": f"note {number}",
                    "tags": [str(number % 3)],
                    "labels": {"a": number, "gone": None if number % 2 else 1},
                }
            }
        )


@pytest.mark.usefixtures("small")
def test_what_is_mostly_superseded_is_made_short_and_says_the_same(
    tmp_path: Path,
) -> None:
    store, reader = UserData(tmp_path), UserData(tmp_path)
    store.update({"kept.mq4": {"note": "kept"}, "emptied.mq4": {"note": "x"}})
    store.update({"emptied.mq4": {"note": None}})
    assert set(reader.read()) == {"kept.mq4", "emptied.mq4"}

    change(store, "a.mq4", 500)

    assert store.path.stat().st_size < 4_000
    expected = {
        "kept.mq4": {"note": "kept"},
        "emptied.mq4": {},
        "a.mq4": {"note": "note 499", "tags": ["0", "1", "2"], "labels": {"a": 499}},
    }
    # Who has read the long one, who reads the short one first, who has written it.
    assert reader.read() == UserData(tmp_path).read() == store.read() == expected
    change(store, "b.mq4", 1)
    assert reader.read() == expected | {
        "b.mq4": {"note": "note 0", "tags": ["0"], "labels": {"a": 0, "gone": 1}}
    }


@pytest.mark.usefixtures("small")
def test_what_is_not_superseded_stays_line_by_line(tmp_path: Path) -> None:
    store = UserData(tmp_path)
    for number in range(200):
        store.update({f"{number}.mq4": {"note": "x"}})

    assert store.path.read_bytes().count(b"\n") == 200
    assert len(UserData(tmp_path).read()) == 200


@pytest.mark.usefixtures("small")
def test_a_reader_sees_a_file_that_was_compacted_twice_and_has_grown(
    tmp_path: Path,
) -> None:
    store, reader = UserData(tmp_path), UserData(tmp_path)
    change(store, "a.mq4", 100)
    reader.read()
    change(store, "a.mq4", 200)
    # Longer than what the reader has read.
    store.update({"long.mq4": {"note": "x" * 50_000}})

    assert reader.read() == UserData(tmp_path).read()
    assert len(reader.read()["long.mq4"]["note"]) == 50_000


@pytest.mark.usefixtures("small")
def test_updates_of_many_threads_are_kept_while_it_is_made_short(
    tmp_path: Path,
) -> None:
    stores = [UserData(tmp_path) for _ in range(4)]

    def update(thread: int) -> None:
        for number in range(50):
            stores[thread].update({"same.mq4": {"note": str(number)}})
            stores[thread].update({"same.mq4": {"labels": {f"{thread}": number}}})
            stores[thread].update({f"{thread}.mq4": {"tags": [str(number)]}})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(update, range(4)))

    found = UserData(tmp_path).read()
    assert found["same.mq4"]["labels"] == {str(each): 49 for each in range(4)}
    for thread in range(4):
        assert found[f"{thread}.mq4"]["tags"] == [str(each) for each in range(50)]
        assert stores[thread].read() == found


@pytest.mark.usefixtures("small")
def test_a_changed_line_is_kept_for_who_can_read_it(tmp_path: Path) -> None:
    store = UserData(tmp_path)
    store.update({"a.mq4": {"note": "precious"}})
    data = store.path.read_bytes()
    store.path.write_bytes(data.replace(b"precious", b"PRECIOUS"))

    change(store, "b.mq4", 300)

    assert b"PRECIOUS" in store.path.read_bytes()
    other = UserData(tmp_path)
    assert set(other.read()) == {"b.mq4"}
    assert other.damaged == 1


@pytest.mark.usefixtures("small")
def test_a_file_that_cannot_be_made_short_costs_no_update(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = UserData(tmp_path)
    (tmp_path / "user-data.draft").mkdir()

    change(store, "a.mq4", 100)

    assert store.read()["a.mq4"]["note"] == "note 99"
    assert "stays as large as it is" in caplog.text
    (tmp_path / "user-data.draft").rmdir()
    # What a program that was killed has left does not matter.
    (tmp_path / "user-data.draft").write_bytes(b"half a li")
    change(store, "a.mq4", 400)
    assert store.path.stat().st_size < 10_000
    assert UserData(tmp_path).read() == store.read()


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
