"""What each observer hears of real changes in a real folder."""

import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KINDS = ("native", "polling")
linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@pytest.fixture(params=KINDS)
def watched(request: Any, watching: Callable[..., Any]):
    return watching(request.param)


def test_a_file_written_in_place_is_heard_of(watched: Any, library: Path) -> None:
    (library / "EAs" / "a.mq4").write_text("one")
    assert watched.hear() >= {b"EAs/a.mq4"}
    watched.heard.clear()
    with (library / "EAs" / "a.mq4").open("a") as file:
        file.write("two")

    assert watched.hear() >= {b"EAs/a.mq4"}


def test_a_temporary_file_that_is_renamed_is_heard_of_by_its_last_name(
    watched: Any, library: Path
) -> None:
    (library / "a.mq4.tmp").write_text("new")
    (library / "a.mq4.tmp").replace(library / "a.mq4")

    assert watched.hear() == {b"a.mq4"}


def test_a_removed_and_a_moved_file_are_heard_of(watched: Any, library: Path) -> None:
    (library / "a.mq4").write_text("a")
    (library / "b.mq4").write_text("b")
    watched.hear()
    watched.heard.clear()
    (library / "a.mq4").unlink()
    (library / "b.mq4").rename(library / "EAs" / "c.mq4")

    assert watched.hear() >= {b"a.mq4", b"b.mq4", b"EAs/c.mq4"}


def test_a_folder_moved_in_and_out_is_heard_of(
    watched: Any, library: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for number in range(50):
        (outside / f"{number}.mq4").write_text(str(number))
    outside.rename(library / "inside")
    watched.hear()
    assert all(watched.covers(b"inside/%d.mq4" % number) for number in range(50))
    watched.heard.clear()
    (library / "inside").rename(tmp_path / "again")

    watched.hear()
    assert all(watched.covers(b"inside/%d.mq4" % number) for number in range(50))


def test_a_folder_that_was_moved_out_is_no_longer_watched(
    watching: Callable[..., Any], library: Path, tmp_path: Path
) -> None:
    watched = watching("native")
    folders = watched.opened.watch.folders
    (library / "EAs").rename(tmp_path / "EAs")
    watched.hear()
    watched.heard.clear()
    (tmp_path / "EAs" / "deep" / "a.mq4").write_text("a")

    assert watched.hear() == set()
    if sys.platform == "linux":
        assert watched.opened.watch.folders == folders - 2
    (tmp_path / "EAs").rename(library / "Back")
    watched.hear()
    watched.heard.clear()
    (library / "Back" / "deep" / "b.mq4").write_text("b")

    assert watched.hear() == {b"Back/deep/b.mq4"}


def test_a_renamed_folder_is_watched_under_its_new_name(
    watched: Any, library: Path
) -> None:
    (library / "EAs").rename(library / "Experts")
    watched.hear()
    watched.heard.clear()
    (library / "Experts" / "deep" / "a.mq4").write_text("a")

    watched.hear()
    assert watched.covers(b"Experts/deep/a.mq4")


def test_what_is_made_in_folders_that_race_is_heard_of(
    watched: Any, library: Path
) -> None:
    def make(number: int) -> None:
        folder = library / f"r{number}" / "b" / "c"
        folder.mkdir(parents=True)
        (folder / "x.mq4").write_text(str(number))

    threads = [threading.Thread(target=make, args=(n,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    watched.hear()
    assert all(watched.covers(b"r%d/b/c/x.mq4" % number) for number in range(100))
    watched.heard.clear()
    for number in range(100):
        (library / f"r{number}" / "b" / "c" / "y.mq4").write_text("later")
    watched.hear()
    assert all(watched.covers(b"r%d/b/c/y.mq4" % number) for number in range(100))


@linux
def test_a_name_that_is_no_text_is_heard_of(watched: Any, library: Path) -> None:
    folder = library / os.fsdecode(b"Pre\xe7o")
    folder.mkdir()
    (folder / os.fsdecode(b"m\xe9dia.mq4")).write_bytes(b"x")

    watched.hear()
    assert watched.covers(b"Pre\xe7o/m\xe9dia.mq4")


def test_what_is_not_followed_is_silent(watched: Any, library: Path) -> None:
    (library / ".git" / "objects").mkdir(parents=True)
    (library / ".git" / "objects" / "x.mq4").write_text("x")
    (library / ".orquestrador" / "catalog.sqlite3").write_text("x")
    (library / "Old").mkdir()
    (library / "Old" / "x.mq4").write_text("x")
    (library / "x.log").write_text("x")
    (library / "x.mq4~").write_text("x")

    assert watched.hear() == set()


def test_reading_is_no_change(watching: Callable[..., Any], library: Path) -> None:
    (library / "a.mq4").write_text("a")
    watched = watching("native")
    watched.hear()
    watched.heard.clear()
    (library / "a.mq4").read_text()
    list(library.rglob("*"))

    assert watched.hear() == set()


def test_a_link_in_the_library_is_not_followed(
    watched: Any, library: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    try:
        (library / "link").symlink_to(elsewhere, target_is_directory=True)
        (library / "loop").symlink_to(library, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    watched.hear()
    watched.heard.clear()
    (elsewhere / "a.mq4").write_text("a")
    (library / "b.mq4").write_text("b")

    assert watched.hear() == {b"b.mq4"}


@linux
def test_a_library_that_is_a_link_is_watched(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    library: Path,
    tmp_path: Path,
) -> None:
    real = tmp_path / "real"
    library.rename(real)
    library.symlink_to(real, target_is_directory=True)
    watched = watching("native")
    (library / "a.mq4").write_text("a")

    assert watched.hear() == {b"a.mq4"}


def test_a_state_folder_elsewhere_serves_as_well(
    watching: Callable[..., Any], library: Path, tmp_path: Path
) -> None:
    for kind in KINDS:
        watched = watching(kind, state=tmp_path / f"state-{kind}")
        (library / f"{kind}.mq4").write_text("a")

        assert f"{kind}.mq4".encode() in watched.hear()
    assert not list(library.glob(".orquestrador-cookie*"))


def test_the_end_of_the_library_is_heard_of(watched: Any, library: Path) -> None:
    (library / "a.mq4").write_text("a")
    watched.hear()
    shutil.rmtree(library)

    watched.until(lambda: watched.lost_root)


@linux
def test_a_library_that_is_moved_away_is_heard_of(
    watching: Callable[..., Any], library: Path, tmp_path: Path
) -> None:
    watched = watching("native")
    library.rename(tmp_path / "away")

    watched.until(lambda: watched.lost_root)


@linux
def test_lost_events_are_told_and_every_folder_is_watched_again(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    library: Path,
    inotify: Any,
) -> None:
    """The kernel's queue is filled while the reader stands still."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 50_000:
        pytest.skip(f"a queue of {most} events takes too long to fill")
    watched = watching("native")
    watch = watched.opened.watch
    going, take = threading.Event(), inotify.InotifyWatch._take

    def take_later(self: object, event: object) -> None:
        going.wait(30)
        take(self, event)

    monkeypatch.setattr(inotify.InotifyWatch, "_take", take_later)
    # Each one is an event when it is made, when it is closed, and when it is gone.
    for number in range(most // 3 + 1000):
        path = library / f"{number}.mq4"
        path.touch()
        path.unlink()
    (library / "new" / "deep").mkdir(parents=True)
    going.set()
    watched.until(lambda: watched.overflows)

    assert watched.everything
    assert watch.folders == 5
    (library / "new" / "deep" / "a.mq4").write_text("a")
    watched.until(lambda: b"new/deep/a.mq4" in watched.heard)


@linux
def test_an_error_in_the_reader_is_handed_on(
    watching: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    library: Path,
    inotify: Any,
) -> None:
    watched = watching("native")

    def fail(*_args: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(inotify.InotifyWatch, "_take", fail)
    (library / "a.mq4").touch()
    watched.until(lambda: watched.problem)

    assert isinstance(watched.problem, ZeroDivisionError)


def test_closing_ends_every_thread(watching: Callable[..., Any]) -> None:
    before = set(threading.enumerate())
    for kind in KINDS:
        watched = watching(kind)
        assert watched.opened.watch.is_alive()
        watched.opened.watch.close()
        assert not watched.opened.watch.is_alive()

    assert set(threading.enumerate()) <= before
