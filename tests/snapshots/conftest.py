"""Libraries of awkward files, and repositories beside them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orquestrador.snapshots import SnapshotRepository

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
OLD_NS = 1_600_000_000_123_456_700

hostile: dict[bytes, bytes] = {
    b"EAs/Gold Grid.mq4": b"int OnInit() { return 0; }\r\n" * 50,
    b"EAs/copy of Gold Grid.mq4": b"int OnInit() { return 0; }\r\n" * 50,
    b"EAs/lf.mq5": b"void OnTick() {}\n",
    b"EAs/cr only.mq4": b"a\rb\rc\r",
    b"EAs/$Id.mq4": b"// $Id$ $Id: 1234 $\r\nmixed\n",
    b"EAs/.gitattributes": b"* text=auto eol=lf ident\n*.mq4 filter=lfs\n",
    b".gitattributes": b"* text=auto working-tree-encoding=UTF-16 ident\r\n",
    b".gitignore": b"*\n",
    b".gitmodules": b'[submodule "x"]\n\tpath = ../x\n\turl = -u:evil\n',
    b"empty.mq4": b"",
    "UTF-16/série.mq4".encode(): "\ufeffint série;\r\n".encode("utf-16-le"),
    b"%2Egit/not escaped": b"1",
    b"100%.mq4": b"2",
    b"%41.mq4": b"3",
    b"deep/" + b"/".join([b"d"] * 30) + b"/leaf.pine": b"//@version=5\n",
    b"GIT~1/config": b"4",
    b"gitmod~1": b"5",
    b"sorted/a": b"6",
    b"sorted/a.b/c": b"7",
    b"sorted/a0": b"8",
}
if sys.platform != "win32":
    hostile |= {
        b"new\nline.mq4": b"9",
        b"tab\there \"quoted\" 'too'.mq4": b"10",
        b"back\\slash.mq4": b"11",
        b"back\\.git\\x": b"12",
        b"trailing. ": b"13",
        b"CON": b"14",
        b"NUL.mq4": b"15",
        b".Git./config": b"16",
        b".git \x20./x": b"17",
        b".git::$INDEX_ALLOCATION/x": b"18",
        "\u200c.git/x".encode(): b"19",
        ".g\u200dit/x".encode(): b"20",
        b"-rf *": b"21",
    }
if sys.platform == "linux":
    hostile |= {b"caf\xe9.mq4": b"22", b"\xff\xfe/\x80.mq5": b"23"}


def write_tree(root: Path, files: dict[bytes, bytes]) -> None:
    for raw, data in files.items():
        path = root / os.fsdecode(raw)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(OLD_NS, OLD_NS))


def read_tree(root: Path) -> dict[bytes, tuple[bytes, int]]:
    """Every file below a folder: raw name to its bytes and time."""
    found: dict[bytes, tuple[bytes, int]] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            raw = os.fsencode(path.relative_to(root)).replace(os.sep.encode(), b"/")
            found[raw] = path.read_bytes(), path.lstat().st_mtime_ns
    return found


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    write_tree(root, hostile)
    (root / "empty folder" / "inside").mkdir(parents=True)
    return root


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SnapshotRepository]:
    with SnapshotRepository(tmp_path / "snapshots") as opened:
        yield opened


@pytest.fixture
def files() -> Callable[[Path], dict[bytes, tuple[bytes, int]]]:
    return read_tree


@pytest.fixture
def put() -> Callable[[Path, dict[bytes, bytes]], None]:
    return write_tree


@pytest.fixture
def at() -> Callable[[int], datetime]:
    return lambda seconds: NOW + timedelta(seconds=seconds)


@pytest.fixture
def git() -> Callable[..., bytes]:
    """Run the real git without the user's own settings."""
    program = shutil.which("git")
    if program is None:
        pytest.skip("git is not on this machine")

    def run(*arguments: str | Path, **settings: str) -> bytes:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_")
        }
        environment |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **settings,
        }
        done = subprocess.run(
            [program, *arguments], check=False, capture_output=True, env=environment
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout + done.stderr

    return run


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every file had been written long ago."""
    monkeypatch.setattr("orquestrador.snapshots.cache.RACY_NS", 0)
