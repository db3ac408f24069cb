"""What is told of the system's limits, and what takes the native observer's place."""

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.watching import (
    Excludes,
    Inbox,
    count_folders,
    inotify_limits,
    opening,
    watches_command,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@linux
def test_the_limits_are_read_where_linux_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "max_user_watches").write_text("100\n")
    (tmp_path / "max_user_instances").write_text("5\n")

    found = inotify_limits(tmp_path)

    assert found is not None
    assert (found.watches, found.instances) == (100, 5)
    assert inotify_limits(tmp_path / "nowhere") is None


def test_the_command_leaves_room_for_other_programs() -> None:
    assert watches_command(10).endswith("max_user_watches=524288")
    assert watches_command(400_000).endswith("max_user_watches=1048576")


def test_folders_that_are_not_followed_need_no_watch(
    plan: Callable[..., Any], library: Path
) -> None:
    (library / ".git" / "objects").mkdir(parents=True)
    (library / "Old" / "deep").mkdir(parents=True)
    excludes: Excludes = plan().excludes

    assert count_folders(library, excludes) == 3, "the library, EAs and EAs/deep"


@linux
@pytest.mark.parametrize(
    ("number", "words", "code", "remedy"),
    [
        (errno.ENOSPC, "inotify watch limit reached", "watches", "max_user_watches="),
        (
            errno.EMFILE,
            "inotify instance limit reached",
            "instances",
            "max_user_instances=",
        ),
    ],
)
def test_a_limit_is_told_with_its_command_and_polling_takes_over(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    inotify: Any,
    library: Path,
    number: int,
    words: str,
    code: str,
    remedy: str,
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(number, words)

    reader = inotify.InotifyFD
    patched = "add_callback" if code == "watches" else "_create_inotify_fd"
    monkeypatch.setattr(reader, patched, refuse)
    watched = watching("auto")

    assert watched.opened.watch.kind == "polling"
    degraded = watched.opened.degraded
    assert degraded is not None
    assert degraded.code == code
    assert degraded.remedy is not None
    assert remedy in degraded.remedy
    limits = inotify_limits()
    assert limits is not None
    told = limits.watches if code == "watches" else limits.instances
    assert str(told) in degraded.words
    assert ("3 folders" in degraded.words) == (code == "watches")
    (library / "a.mq4").touch()
    assert watched.hear() >= {b"a.mq4"}


@linux
def test_a_failed_opening_leaves_no_thread_and_no_file_behind(
    plan: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    inotify: Any,
    library: Path,
) -> None:
    made = plan()
    before = len(list(Path("/proc/self/fd").iterdir()))
    add = inotify.InotifyFD.add_callback

    def refuse(self: object, path: bytes, *args: object) -> object:
        if path.endswith(b"deep"):
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return add(self, path, *args)

    monkeypatch.setattr(inotify.InotifyFD, "add_callback", refuse)
    with pytest.raises(OSError, match="limit"):
        inotify.InotifyWatch(library, made.state, made.excludes, Inbox(lambda: None))

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@linux
def test_a_limit_that_is_reached_while_watching_is_told(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    inotify: Any,
    library: Path,
) -> None:
    watched = watching("native")

    def refuse(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(inotify.InotifyFD, "add_callback", refuse)
    (library / "new").mkdir()
    watched.until(lambda: watched.problem)

    assert isinstance(watched.problem, OSError)
    assert watched.problem.errno == errno.ENOSPC


@pytest.mark.parametrize(
    ("observer", "drive", "kind"),
    [
        ("auto", None, "native"),
        ("auto", "nfs4", "polling"),
        ("native", "nfs4", "native"),
        ("polling", None, "polling"),
    ],
)
def test_the_observer_is_chosen_by_the_drive_and_the_settings(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    observer: str,
    drive: str | None,
    kind: str,
) -> None:
    def stands_on(_library: Path, _kinds: frozenset[str]) -> str | None:
        return drive

    monkeypatch.setattr(opening, "network_drive", stands_on)
    opened = watching(observer).opened

    assert opened.watch.kind == kind
    assert opened.degraded is None
