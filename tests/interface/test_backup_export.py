"""`orquestrador backup export`, as it is typed."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A library with a snapshot; do not change it."""
    library = tmp_path_factory.mktemp("kept") / "library"
    library.mkdir()
    (library / "grid.mq4").write_bytes(b"int OnInit() { return 0; }\n")
    assert run("--library", library, "backup", "create").returncode == 0
    return library


def test_the_ending_of_the_name_says_what_is_written(
    kept: Path, tmp_path: Path, run: Run
) -> None:
    here = ["--library", kept, "--json", "backup", "export"]
    secret = tmp_path / "secret"
    secret.write_text("correct horse\nnot this\n", encoding="utf-8")
    (snapshot,) = json.loads(run(*here[:3], "backup", "list").stdout)

    told = json.loads(run(*here, snapshot["id"], tmp_path / "a.zip").stdout)
    assert (told["form"], told["files"]) == ("zip", 1)
    assert "library/grid.mq4" in zipfile.ZipFile(tmp_path / "a.zip").namelist()
    told = json.loads(run(*here, tmp_path / "folder").stdout)
    assert (told["form"], told["size"]) == ("folder", None)
    ended = run(*here, tmp_path / "a.zip.age", "--passphrase-file", secret)
    assert json.loads(ended.stdout)["form"] == "age"
    data = (tmp_path / "a.zip.age").read_bytes()
    assert pyrage.passphrase.decrypt(data, "correct horse").startswith(b"PK")


def test_what_cannot_be_meant_is_said_before_anything_is_written(
    kept: Path, tmp_path: Path, run: Run
) -> None:
    here = ["--library", kept, "backup", "export"]
    key = str(pyrage.x25519.Identity.generate().to_public())
    clear = run(*here, tmp_path / "a.zip", "--age-recipient", key)
    assert clear.returncode == 2
    assert "a.zip.age" in clear.stderr
    assert run(*here).returncode == 2
    wrong = run(*here, tmp_path / "a.age", "--age-recipient", "age1nothing")
    assert wrong.returncode == 1
    assert "age recipient" in wrong.stderr
    assert list(tmp_path.iterdir()) == []
    assert run(*here, tmp_path / "a.zip").returncode == 0
    again = run(*here, tmp_path / "a.zip")
    assert again.returncode == 1
    assert "--force" in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_a_passphrase_is_asked_for_twice_and_not_shown(
    kept: Path, tmp_path: Path
) -> None:
    import pexpect  # noqa: PLC0415 -- not on Windows

    target = tmp_path / "a.age"
    words = ["-m", "orquestrador", "--library", str(kept), "backup", "export"]
    terminal: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, [*words, str(target)], encoding="utf-8", timeout=60
    )
    for _ in range(2):
        terminal.expect(":")
        terminal.sendline("correct horse")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "correct horse" not in (terminal.before or "")
    data = target.read_bytes()
    assert pyrage.passphrase.decrypt(data, "correct horse").startswith(b"PK")
