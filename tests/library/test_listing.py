"""A library is listed once, in one order, without following anything."""

import os
import socket
import sys
from pathlib import Path

import pytest

from orquestrador.library import list_files

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and kinds")


def _names(root: Path, **options: object) -> list[bytes]:
    return [entry.raw for entry in list_files(root, **options)]  # type: ignore[arg-type]


def _make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_files_come_folder_by_folder_in_the_order_of_their_names(
    tmp_path: Path,
) -> None:
    _make(tmp_path, "b.mq4", "a/z.mq4", "a/b/x.mq4", "c/y.mq4", "A.mq4")

    names = [b"A.mq4", b"b.mq4", b"a/z.mq4", b"a/b/x.mq4", b"c/y.mq4"]
    assert _names(tmp_path) == names


def test_excluded_folders_are_not_entered(tmp_path: Path) -> None:
    _make(tmp_path, "a.mq4", ".git/x", "b/.git/y", "state/z", "b/state/kept")

    found = _names(
        tmp_path,
        excluded_folders=frozenset({".git"}),
        excluded_paths=frozenset({tmp_path / "state"}),
    )
    assert found == [b"a.mq4", b"b/state/kept"]


def test_a_part_of_the_library_is_listed_with_names_of_the_whole(
    tmp_path: Path,
) -> None:
    _make(tmp_path, "a/b/x.mq4", "a/y.mq4", "z.mq4")

    assert _names(tmp_path, start=b"a") == [b"a/y.mq4", b"a/b/x.mq4"]
    assert _names(tmp_path, start=b"z.mq4") == [b"z.mq4"]


@POSIX
def test_a_loop_of_links_is_listed_once_and_named(tmp_path: Path) -> None:
    _make(tmp_path, "a/x.mq4")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "y.mq4").symlink_to(tmp_path / "a" / "x.mq4")

    problems = {entry.raw: entry.problem for entry in list_files(tmp_path)}
    assert problems == {
        b"a/x.mq4": None,
        b"a/loop": "symbolic link, not followed",
        b"y.mq4": "symbolic link, not followed",
    }


@POSIX
def test_pipes_and_sockets_are_named_and_not_opened(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "pipe.mq4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.mq4"))
        problems = [entry.problem for entry in list_files(tmp_path)]

    assert problems == ["named pipe, not opened", "socket, not opened"]


@POSIX
@pytest.mark.parametrize(
    "name", [b"a\nb.mq4", b"\xff\xfe.mq4", b"100%.mq4", b"\xed\xb0\x80"]
)
def test_any_name_that_the_system_allows_is_listed(tmp_path: Path, name: bytes) -> None:
    try:
        (tmp_path / os.fsdecode(name)).touch()
    except OSError:
        pytest.skip("this file system refuses the name")

    assert _names(tmp_path) == [name]


@POSIX
@pytest.mark.skipif(
    sys.platform != "win32" and os.geteuid() == 0, reason="root may read everything"
)
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    _make(tmp_path, "a/x.mq4", "b.mq4")
    (tmp_path / "a").chmod(0)
    try:
        problems = {entry.raw: entry.problem for entry in list_files(tmp_path)}
    finally:
        (tmp_path / "a").chmod(0o700)

    assert problems[b"b.mq4"] is None
    assert "cannot be listed" in (problems[b"a"] or "")
