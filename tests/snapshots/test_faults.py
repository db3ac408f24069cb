# The tests damage the store from inside.
# pyright: reportPrivateUsage=false
import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orquestrador.errors import SnapshotError
from orquestrador.snapshots import SnapshotRepository, cache

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
Put = Callable[[Path, dict[bytes, bytes]], None]
At = Callable[[int], datetime]
Git = Callable[..., bytes]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and signals")

TAKE = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from orquestrador.snapshots import SnapshotRepository
    import orquestrador.snapshots.building
    print("ready", flush=True)
    sys.stdin.readline()
    with SnapshotRepository(Path(sys.argv[1])) as repository:
        repository.create(Path(sys.argv[2]), reason="x", now=datetime.now(UTC))
    """
)


def take(repository: Path, library: Path) -> "subprocess.Popen[bytes]":
    """Start a program that takes a snapshot when it is told to."""
    started = subprocess.Popen(
        [sys.executable, "-c", TAKE, repository, library],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"ready\n"
    return started


def go(started: "subprocess.Popen[bytes]") -> None:
    assert started.stdin is not None
    started.stdin.write(b"\n")
    started.stdin.flush()


@POSIX
def test_a_kill_at_any_moment_leaves_every_listed_snapshot_whole(
    library: Path, tmp_path: Path, put: Put, files: Files, git: Git
) -> None:
    path = tmp_path / "snapshots"
    started = take(path, library)
    begun = time.monotonic()
    started.communicate(b"\n")
    assert started.returncode == 0
    whole_s = time.monotonic() - begun

    dice = random.Random(20260301)
    killed = 0
    states = {1: files(library)}
    for number in range(2, 14):
        put(library, {b"churn/%d" % each: os.urandom(20_000) for each in range(60)})
        put(library, {b"number": b"%d" % number})
        started = take(path, library)
        go(started)
        # The first at once, so that one is killed however busy the machine is.
        time.sleep(dice.uniform(0, whole_s * 1.5) if number > 2 else 0)
        started.kill()
        started.communicate()
        killed += started.returncode == -signal.SIGKILL
        states[number] = files(library)

        assert b"error" not in git("--git-dir", path, "fsck", "--full")
        with SnapshotRepository(path) as repository:
            assert list((path / "orquestrador" / "drafts").iterdir()) == []
            assert repository.verify().problems == ()
    with SnapshotRepository(path) as repository:
        for index, snapshot in enumerate(repository.list()):
            repository.restore(snapshot.id, to=tmp_path / f"out{index}")
            assert files(tmp_path / f"out{index}") in states.values()
        assert killed > 0
        # The next backup runs by itself and holds the newest state.
        repository.create(library, reason="last", now=datetime.now(UTC))
        repository.restore(to=tmp_path / "last")
    assert files(tmp_path / "last") == files(library)
    assert b"error" not in git("--git-dir", path, "fsck", "--full")


@POSIX
@pytest.mark.parametrize("call", ["fsync", "replace", "rename", "unlink", "mkdir"])
def test_a_kill_before_each_durable_step_leaves_the_old_state_or_the_new(
    library: Path, tmp_path: Path, put: Put, files: Files, git: Git, call: str
) -> None:
    """Kills the program before its first, second, third ... call of each kind."""
    path = tmp_path / "snapshots"
    before = files(library)
    with SnapshotRepository(path) as repository:
        repository.create(library, reason="x", now=NOW)
    put(library, {b"number": b"new"})
    code = TAKE.replace(
        'print("ready"',
        textwrap.dedent(
            f"""
            import os, pathlib
            real, left = os.{call}, [int(sys.argv[3])]
            def counted(*args, **options):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), 9)
                return real(*args, **options)
            os.{call} = counted
            print("ready\""""
        ).lstrip(),
    )
    allowed = [before, files(library)]
    for calls in range(40):
        done = subprocess.run(
            [sys.executable, "-c", code, path, library, str(calls)],
            check=False,
            input=b"\n",
            capture_output=True,
        )
        git("--git-dir", path, "fsck", "--full")
        with SnapshotRepository(path) as repository:
            assert repository.verify().problems == ()
            repository.restore(to=tmp_path / f"{calls}")
            assert files(tmp_path / f"{calls}") in allowed
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    else:
        pytest.fail("the program never came to its end")


def test_a_snapshot_written_but_not_listed_is_listed_at_the_next_open(
    repository: SnapshotRepository, library: Path
) -> None:
    snapshot = repository.create(library, reason="x", now=NOW)
    assert snapshot is not None
    repository.close()
    (repository.path / "refs" / "tags" / "snapshot" / snapshot.id).unlink()
    with SnapshotRepository(repository.path) as again:
        assert again.list() == (snapshot,)


def test_what_dead_programs_left_is_gone_after_opening(
    repository: SnapshotRepository, library: Path, git: Git
) -> None:
    repository.create(library, reason="x", now=NOW)
    repository.close()
    path = repository.path
    left = [
        path / "HEAD.lock",
        path / "packed-refs.lock",
        path / "index.lock",
        path / "refs" / "heads" / "main.lock",
        path / "refs" / "tags" / "snapshot" / "x.lock",
        path / "objects" / "pack" / "x.idx.lock",
        path / "orquestrador" / "drafts" / "writing-1.pack",
        path / "orquestrador" / "drafts" / "pack-1234.idx",
        path / "objects" / "pack" / "pack-1234.pack",
    ]
    for each in left:
        each.write_bytes(b"left")
    with SnapshotRepository(path) as again:
        assert not [each for each in left if each.exists()]
        (library / "new").write_bytes(b"new")
        assert again.create(library, reason="y", now=NOW) is not None
        assert again.verify().problems == ()


def test_a_pack_that_git_is_just_writing_is_left_alone(
    repository: SnapshotRepository,
) -> None:
    repository.close()
    foreign = repository.path / "objects" / "pack" / "pack-abcd.pack"
    foreign.write_bytes(b"git's own")
    with SnapshotRepository(repository.path):
        assert foreign.exists()


def test_a_second_program_is_told_who_writes(
    repository: SnapshotRepository, library: Path
) -> None:
    with pytest.raises(SnapshotError, match="another program is writing snapshots"):
        SnapshotRepository(repository.path)
    repository.close()
    with SnapshotRepository(repository.path) as now_free:
        assert now_free.create(library, reason="x", now=NOW) is not None


@POSIX
def test_the_lock_dies_with_the_program(tmp_path: Path) -> None:
    path = tmp_path / "snapshots"
    code = TAKE.partition("    repository.create")[0]
    code += "    print('held', flush=True)\n    input()\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, path, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"ready\n"
    go(holder)
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(SnapshotError, match="another program"):
        SnapshotRepository(path)
    holder.kill()
    holder.communicate()
    SnapshotRepository(path).close()


def test_a_full_disk_says_so_and_lists_nothing(
    repository: SnapshotRepository, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.create(library, reason="before", now=NOW)
    before = repository.list()
    (library / "new.mq4").write_bytes(b"new")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            SnapshotError, match=r"is full.*what was kept before is whole"
        ):
            repository.create(library, reason="full", now=NOW)
    assert repository.list() == before
    assert list((repository.path / "orquestrador" / "drafts").iterdir()) == []
    assert repository.verify().problems == ()
    assert repository.create(library, reason="room again", now=NOW) is not None


@POSIX
def test_a_disk_that_takes_no_more_bytes_lists_nothing(
    library: Path, tmp_path: Path, put: Put
) -> None:
    put(library, {b"big": os.urandom(3_000_000)})
    path = tmp_path / "snapshots"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))"
    done = subprocess.run(
        [sys.executable, "-c", limit + TAKE, path, library],
        check=False,
        input=b"\n",
        capture_output=True,
    )
    assert b"SnapshotError" in done.stderr
    with SnapshotRepository(path) as repository:
        assert repository.list() == ()
        assert repository.create(library, reason="x", now=NOW) is not None


@POSIX
def test_a_folder_without_permission_says_so(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    if os.access(tmp_path / "state", os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(SnapshotError, match="no permission"):
        SnapshotRepository(tmp_path / "state" / "snapshots")


def test_permission_errors_say_what_to_do(
    repository: SnapshotRepository, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "the pack")

    monkeypatch.setattr("orquestrador.snapshots.store.PackWriter", forbidden)
    with pytest.raises(SnapshotError, match="no permission to write the pack"):
        repository.create(library, reason="x", now=NOW)
    assert repository.list() == ()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.mq4").write_bytes(b"mine")
    with pytest.raises(SnapshotError, match="holds other files"):
        SnapshotRepository(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.mq4"]
    with pytest.raises(SnapshotError, match="is a file"):
        SnapshotRepository(tmp_path / "mine.mq4")


def test_a_file_changed_within_two_seconds_of_the_snapshot_is_read_again(
    repository: SnapshotRepository,
    library: Path,
    at: At,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Same size, same time, other bytes: only reading tells."""

    def seen(found: os.stat_result) -> cache.Seen:
        """As on a system whose listings show neither inode nor change time."""
        return cache.Seen(found.st_size, found.st_mtime_ns, 0, 0)

    monkeypatch.setattr("orquestrador.snapshots.walking.seen", seen)
    file = library / "fresh.mq4"
    now_ns = time.time_ns()
    file.write_bytes(b"one")
    os.utime(file, ns=(now_ns, now_ns))
    repository.create(library, reason="x", now=at(0))
    file.write_bytes(b"two")
    os.utime(file, ns=(now_ns, now_ns))
    assert repository.create(library, reason="y", now=at(1)) is not None


@pytest.mark.usefixtures("settled")
def test_a_cache_of_another_snapshot_is_not_believed(
    repository: SnapshotRepository, library: Path, at: At
) -> None:
    file = library / "EAs" / "lf.mq5"
    found = file.stat()
    first = repository.create(library, reason="x", now=at(0))
    file.write_bytes(file.read_bytes().upper())
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    repository.create(library, reason="y", now=at(1))
    assert first is not None
    # The branch goes back, as after a restore of the repository from elsewhere.
    commit = repository._store.tags()[first.id]
    (repository.path / "refs" / "heads" / "main").write_text(commit + "\n")

    assert repository.create(library, reason="z", now=at(2)) is not None
    names = {row.raw: row.sha256 for row in repository.manifest().rows()}
    now = hashlib.sha256(file.read_bytes()).hexdigest()
    assert names[b"EAs/lf.mq5"] == now


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("damage", ["gone", "cut", "flipped", "foreign", "empty"])
def test_a_cache_that_lies_costs_time_and_nothing_else(
    repository: SnapshotRepository,
    library: Path,
    at: At,
    damage: str,
    tmp_path: Path,
    files: Files,
) -> None:
    repository.create(library, reason="x", now=at(0))
    file = repository.path / "orquestrador" / "cache"
    data = bytearray(file.read_bytes())
    other = library / "EAs" / "lf.mq5"
    other.write_bytes(other.read_bytes().upper())
    match damage:
        case "gone":
            file.unlink()
        case "cut":
            file.write_bytes(data[:-5])
        case "flipped":
            data[-1] ^= 1
            file.write_bytes(data)
        case "foreign":
            seen = cache.load_cache(file, repository._store.main())
            cache.save_cache(file, "0" * 40, seen)
        case _:
            file.write_bytes(b"")
    assert repository.create(library, reason="y", now=at(1)) is not None
    repository.restore(to=tmp_path / "out")
    assert files(tmp_path / "out") == files(library)


@POSIX
def test_a_file_that_grows_while_it_is_read_is_kept_as_it_was_read(
    repository: SnapshotRepository,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    files: Files,
) -> None:
    """The bytes kept are the bytes hashed, whenever they were."""
    file = library / "EAs" / "lf.mq5"
    real = os.read
    grown: list[int] = []

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if data.startswith(b"void OnTick") and len(grown) < 2:
            grown.append(1)
            with file.open("ab") as more:
                more.write(b"// more\n")
        return data

    monkeypatch.setattr(os, "read", read)
    repository.create(library, reason="x", now=NOW)
    assert len(grown) == 2
    assert repository.verify().problems == ()
    repository.restore(to=tmp_path / "out")
    assert files(tmp_path / "out")[b"EAs/lf.mq5"] == files(library)[b"EAs/lf.mq5"]
