"""The state folder: one process at a time, never in a cloud, never on a network."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from orquestrador.errors import LibraryError, LibraryInUseError
from orquestrador.state import (
    StateFolder,
    is_cloud_folder,
    is_held,
    read_owner,
    state_path,
)

HOLDER = """\
import sys
from pathlib import Path
from orquestrador.state import StateFolder
folder = StateFolder(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


class Partition(NamedTuple):
    """As psutil describes one."""

    device: str
    mountpoint: str
    fstype: str
    opts: str


def mount(partitions: list[Partition], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say that it has these drives."""

    def drives(**_options: object) -> list[Partition]:
        return partitions

    monkeypatch.setattr(psutil, "disk_partitions", drives)


def test_it_is_made_with_a_note_for_git_and_says_who_holds_it(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "a" / "state") as folder:
        owner = json.loads((folder.path / "owner.json").read_text(encoding="utf-8"))
        assert owner["pid"] == os.getpid()
        assert (folder.path / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert not (folder.path / "owner.json").exists()


def test_a_killed_holder_leaves_nothing_locked(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(LibraryInUseError, match=f"process {holder.pid} "):
            StateFolder(tmp_path)
        holder.kill()
    with StateFolder(tmp_path):
        pass


def test_a_holder_that_has_not_said_who_it_is_is_still_a_holder(tmp_path: Path) -> None:
    with StateFolder(tmp_path):
        for words in ("", "{", "[]", "{}"):
            (tmp_path / "owner.json").write_text(words, encoding="utf-8")
            with pytest.raises(LibraryInUseError, match="another process"):
                StateFolder(tmp_path)


def test_a_holder_says_where_it_takes_requests_and_a_second_is_told_how(
    tmp_path: Path,
) -> None:
    with StateFolder(tmp_path) as folder:
        first = read_owner(tmp_path)
        assert first is not None
        assert first.control is None
        folder.announce("/run/user/1000/orquestrador/x.sock")
        owner = read_owner(tmp_path)
        assert owner is not None
        assert owner.control == "/run/user/1000/orquestrador/x.sock"
        assert is_held(tmp_path)
        assert is_held(tmp_path, by=os.getpid())
        assert not is_held(tmp_path, by=os.getpid() + 1)
        with pytest.raises(LibraryInUseError, match="`orquestrador stop` ends it"):
            StateFolder(tmp_path)
    assert read_owner(tmp_path) is None
    assert not is_held(tmp_path, by=os.getpid())


def test_a_reader_delays_what_its_holder_says_and_prevents_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Windows while another program has the file open.
    read = PermissionError(13, "in use")
    read.winerror = 32  # type: ignore[attr-defined]
    readers = [read] * 3
    for name in ("replace", "unlink"):
        real = getattr(Path, name)

        def change(
            path: Path, *given: object, _real: Any = real, **named: object
        ) -> Any:
            if readers and "owner" in path.name:
                raise readers.pop()
            return _real(path, *given, **named)

        monkeypatch.setattr(Path, name, change)
    folder = StateFolder(tmp_path)
    assert readers == []
    readers += [read] * 3
    folder.close()
    assert readers == []
    assert not (tmp_path / "owner.json").exists()


def test_a_folder_that_cannot_be_made_is_an_error_with_the_way_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LibraryError, match="--state DIR"):
        StateFolder(tmp_path / "file" / "state")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user with limits"
)
def test_a_folder_that_cannot_be_written_is_an_error_with_the_way_out(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(LibraryError, match="--state DIR"):
        StateFolder(tmp_path / "state")


@pytest.mark.parametrize(
    ("kind", "options"), [("nfs4", "rw"), ("CIFS", "rw"), ("NTFS", "rw,remote")]
)
def test_a_network_drive_is_refused_with_the_way_out(
    kind: str, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    partitions = [
        Partition("disk", str(tmp_path), "ext4", "rw"),
        Partition("server:/x", str(share), kind, options),
    ]
    mount(partitions, monkeypatch)
    with pytest.raises(LibraryError, match=f"network drive .{kind}.*--state DIR"):
        StateFolder(share / "state")
    assert not (share / "state").exists()
    with StateFolder(tmp_path / "state"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_to_a_network_drive_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    partitions = [Partition("server:/x", str(share), "nfs", "rw")]
    mount(partitions, monkeypatch)
    with pytest.raises(LibraryError, match="network drive"):
        StateFolder(tmp_path / "link" / "state")


def test_the_state_of_a_library_in_a_cloud_folder_is_kept_with_the_users_local_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "local"))
    for cloud in ("OneDrive - Firma", "Dropbox", "Google Drive", "iCloud Drive"):
        library = tmp_path / cloud / "EAs"
        assert is_cloud_folder(library)
        state = state_path(library)
        assert state.is_relative_to(tmp_path / "local")
        assert state.name.startswith("EAs-")
        assert state == state_path(library)
    assert state_path(tmp_path / "EAs") == tmp_path / "EAs" / ".orquestrador"


def test_two_cloud_libraries_of_one_name_have_two_states(tmp_path: Path) -> None:
    first, second = (tmp_path / cloud / "EAs" for cloud in ("Dropbox", "OneDrive"))
    assert state_path(first) != state_path(second)


def test_onedrive_is_also_known_by_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OneDriveCommercial", str(tmp_path / "Firma"))
    assert is_cloud_folder(tmp_path / "Firma" / "EAs")
    assert not is_cloud_folder(tmp_path / "EAs")


def test_the_users_choice_of_a_state_folder_always_wins(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen"
    assert state_path(tmp_path / "Dropbox" / "EAs", chosen) == chosen
