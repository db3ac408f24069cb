import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.names import tree_path

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
Put = Callable[[Path, dict[bytes, bytes]], None]
At = Callable[[int], datetime]
Git = Callable[..., bytes]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[2] / "docs" / "restore-without-us.md"


@pytest.fixture
def recipe():
    """The commands and the program that the document gives."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return {
        language: re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        for language in ("sh", "python")
    }


def test_git_finds_nothing_wrong(
    repository: SnapshotRepository, library: Path, put: Put, git: Git, at: At
) -> None:
    put(library, {b".gitattributes": b"x" * 5000, b".GitAttributes/x/y": b"1"})
    repository.create(library, reason="one", now=at(0))
    put(library, {b"new": b"new"})
    beside = {"catalog.jsonl": b"{}\n", "user-data.jsonl": b"mine\n"}
    repository.create(library, reason="two", now=at(1), beside=beside)
    told = git("--git-dir", repository.path, "fsck", "--full", "--strict")
    assert told.strip() == b""
    tags = git("--git-dir", repository.path, "tag", "--list", "snapshot/*").split()
    assert len(tags) == 2
    log = git("--git-dir", repository.path, "log", "--format=%H %P", "main")
    assert len(log.split()) == 1, "a snapshot has no parent"


@pytest.mark.skipif(sys.platform == "win32", reason="the recipe is for sh")
@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_the_documented_commands_give_the_same_bytes(
    repository: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    files: Files,
    git: Git,
    recipe: dict[str, list[str]],
    autocrlf: str,
) -> None:
    beside = {"user-data.jsonl": b"mine\r\n"}
    snapshot = repository.create(library, reason="x", now=NOW, beside=beside)
    assert snapshot is not None
    (commands,) = recipe["sh"]
    commands = (
        commands.replace("REPOSITORY", str(repository.path))
        .replace("RESTORED", str(tmp_path / "restored"))
        .replace("SNAPSHOT", f"snapshot/{snapshot.id}")
    )
    own = tmp_path / "gitconfig"
    own.write_text(f"[core]\n\tautocrlf = {autocrlf}\n\teol = crlf\n")
    git("--version")  # skips where there is none
    done = subprocess.run(
        ["sh", "-e", "-c", commands],
        check=False,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CONFIG_GLOBAL": str(own)},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert f"snapshot/{snapshot.id}".encode() in done.stdout

    restored = {
        raw: data for raw, (data, _) in files(tmp_path / "restored/library").items()
    }
    assert restored == {
        tree_path(raw, len(data)): data for raw, (data, _) in files(library).items()
    }


def test_the_documented_program_restores_exactly(
    repository: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    files: Files,
    git: Git,
    recipe: dict[str, list[str]],
) -> None:
    repository.create(library, reason="x", now=NOW)
    git("--version")
    program = tmp_path / "restore.py"
    program.write_text(recipe["python"][0], encoding="utf-8")
    out = tmp_path / "out"
    subprocess.run(
        [sys.executable, program, repository.path, "main", out],
        check=True,
        capture_output=True,
    )
    assert files(out) == files(library)
    assert (out / "empty folder" / "inside").is_dir()


def test_a_repository_that_git_packed_again_still_works(
    repository: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    files: Files,
    git: Git,
    at: At,
) -> None:
    for number in range(3):
        (library / "changing.mq4").write_bytes(b"line\n" * 500 + b"%d" % number)
        repository.create(library, reason="x", now=at(number))
    git("--git-dir", repository.path, "gc", "--aggressive", "--prune=now")

    assert len(repository.list()) == 3
    assert repository.verify().problems == ()
    repository.restore(to=tmp_path / "out")
    assert files(tmp_path / "out") == files(library)
    assert repository.create(library, reason="x", now=at(9)) is None
