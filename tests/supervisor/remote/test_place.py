"""Where a system listens: a short path, in a folder that is the user's alone."""

import os
import stat
import sys
from pathlib import Path

import pytest

from orquestrador.errors import PeerRefusedError, RemoteError
from orquestrador.supervisor.remote import address, place

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="owners and modes are POSIX's"
)


def at(runtime: Path) -> dict[str, str]:
    return {"XDG_RUNTIME_DIR": str(runtime)}


def test_the_folder_is_made_for_the_user_alone(runtime: Path) -> None:
    found = address("app", "subject", environment=at(runtime))

    assert found.path.parent == runtime / "app"
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o700


def test_one_subject_has_one_address_and_another_has_another(runtime: Path) -> None:
    first, again, other = (
        address("app", subject, environment=at(runtime))
        for subject in ("a", "a", "b\udcff")
    )

    assert first == again != other


def test_a_link_in_place_of_the_folder_is_refused(runtime: Path) -> None:
    (runtime / "elsewhere").mkdir(mode=0o700)
    (runtime / "app").symlink_to(runtime / "elsewhere")

    with pytest.raises(PeerRefusedError, match="a link"):
        address("app", "subject", environment=at(runtime))


def test_a_file_in_place_of_the_folder_is_refused(runtime: Path) -> None:
    (runtime / "app").write_bytes(b"")

    with pytest.raises(PeerRefusedError, match="something else"):
        address("app", "subject", environment=at(runtime))


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o720])
def test_a_folder_that_is_open_to_others_is_refused(runtime: Path, mode: int) -> None:
    (runtime / "app").mkdir()
    (runtime / "app").chmod(mode)

    with pytest.raises(PeerRefusedError, match=f"mode {mode:04o}"):
        address("app", "subject", environment=at(runtime))


def test_somebody_elses_folder_is_refused(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / "app").mkdir(mode=0o700)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    with pytest.raises(PeerRefusedError, match=f"not to {other}"):
        place.check_private(runtime / "app")


@pytest.mark.parametrize("runtime_dir", ["{}/gone", "relative", "{}/file", ""])
def test_a_runtime_folder_that_is_none_is_not_used(
    runtime: Path, runtime_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / "file").write_bytes(b"")
    monkeypatch.setattr("tempfile.tempdir", str(runtime))
    environment = {"XDG_RUNTIME_DIR": runtime_dir.format(runtime)}

    found = address("app", "subject", environment=environment)

    assert found.path.parent == runtime / f"app-{os.geteuid()}"


def test_another_users_runtime_folder_is_not_used(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a shell that `su` opened: the variable is still the first user's.
    theirs = runtime / "theirs"
    theirs.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(runtime))

    def is_own(folder: Path) -> bool:
        return folder != theirs

    monkeypatch.setattr(place, "_is_own_folder", is_own)

    found = address("app", "subject", environment=at(theirs))

    assert found.path.parent.parent == runtime


def test_a_path_that_is_too_long_for_a_socket_is_not_used(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = runtime / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(runtime))

    found = address("app", "subject", tcp=False, environment=at(long))

    assert found.path.parent.parent == runtime
    assert len(os.fsencode(found.path)) < place.MAX_SOCKET_PATH


def test_where_no_path_is_short_enough_the_error_says_what_to_do(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "MAX_SOCKET_PATH", 10)

    with pytest.raises(RemoteError, match="set XDG_RUNTIME_DIR"):
        address("app", "subject", tcp=False, environment=at(runtime))
    assert not (runtime / "app").exists()
