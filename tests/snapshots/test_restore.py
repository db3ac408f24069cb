# The tests damage the store from inside.
# pyright: reportPrivateUsage=false
import hashlib
import io
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from orquestrador import library as library_room
from orquestrador.errors import SnapshotError
from orquestrador.library import raw_of_shown
from orquestrador.snapshots import SnapshotRepository, target
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.manifest import FileRow, encode_manifest, manifest_of
from orquestrador.snapshots.names import unsafe_reason
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.target import RefusedError, Target
from orquestrador.snapshots.trees import add_library, add_root, commit_bytes

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
At = Callable[[int], datetime]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def kept(repository: SnapshotRepository, library: Path) -> SnapshotRepository:
    repository.create(library, reason="x", now=NOW)
    return repository


def test_everything_comes_back_bit_for_bit(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files
) -> None:
    result = kept.restore(to=tmp_path / "out")

    assert files(tmp_path / "out") == files(library)
    assert (tmp_path / "out" / "empty folder" / "inside").is_dir()
    assert result.written == len(files(library))
    assert (result.refused, result.unchanged, result.folders) == ((), 0, 2)
    assert not [each for each in (tmp_path / "out").iterdir() if "restore" in each.name]


def test_an_old_state_comes_back_by_its_id(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files, at: At
) -> None:
    before = files(library)
    (library / "EAs" / "lf.mq5").write_bytes(b"changed")
    (library / "empty.mq4").unlink()
    kept.create(library, reason="y", now=at(5))
    oldest = kept.list()[-1]

    for number, name in enumerate((oldest.id, oldest.id[-8:], oldest.id[:16])):
        kept.restore(name, to=tmp_path / f"out{number}")
        assert files(tmp_path / f"out{number}") == before
    kept.restore(to=tmp_path / "newest")
    assert files(tmp_path / "newest") == files(library)


def test_one_file_or_one_folder_comes_back(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files
) -> None:
    kept.restore(to=tmp_path / "file", path="EAs/lf.mq5")
    assert files(tmp_path / "file").keys() == {b"EAs/lf.mq5"}

    kept.restore(to=tmp_path / "folder", path="sorted")
    assert files(tmp_path / "folder").keys() == {
        b"sorted/a",
        b"sorted/a.b/c",
        b"sorted/a0",
    }
    kept.restore(to=tmp_path / "shown", path="100%25.mq4")
    kept.restore(to=tmp_path / "typed", path="100%.mq4")
    assert files(tmp_path / "shown") == files(tmp_path / "typed") != {}
    kept.restore(to=tmp_path / "empty", path="empty folder")
    assert (tmp_path / "empty" / "empty folder" / "inside").is_dir()
    with pytest.raises(SnapshotError, match="'sort' is not in snapshot"):
        kept.restore(to=tmp_path / "none", path="sort")


def test_a_different_file_is_never_overwritten_without_force(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files
) -> None:
    out = tmp_path / "out"
    kept.restore(to=out)
    (out / "EAs" / "lf.mq5").write_bytes(b"my own work")
    (out / "empty.mq4").unlink()

    result = kept.restore(to=out)
    assert (out / "EAs" / "lf.mq5").read_bytes() == b"my own work"
    assert [each.path for each in result.refused] == ["EAs/lf.mq5"]
    assert "--force" in result.refused[0].reason
    assert (result.written, result.unchanged) == (1, len(files(library)) - 2)

    result = kept.restore(to=out, force=True)
    assert (result.refused, result.written) == ((), 1)
    assert files(out) == files(library)


def test_a_file_that_comes_in_the_last_moment_is_not_overwritten(
    kept: SnapshotRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows renames never replace")
    real = target._write_checked

    def write_late(file: io.FileIO, data: bytes, *, durable: bool) -> None:
        real(file, data, durable=durable)
        (tmp_path / "out" / "EAs" / "lf.mq5").write_bytes(b"just saved")

    monkeypatch.setattr(target, "_write_checked", write_late)
    result = kept.restore(to=tmp_path / "out", path="EAs/lf.mq5")
    assert (tmp_path / "out" / "EAs" / "lf.mq5").read_bytes() == b"just saved"
    assert "meanwhile" in result.refused[0].reason


def test_the_target_may_be_the_library_itself(
    kept: SnapshotRepository, library: Path, files: Files
) -> None:
    before = files(library)
    (library / "EAs" / "lf.mq5").write_bytes(b"broken")
    (library / "new.mq4").write_bytes(b"stays")
    kept.restore(to=library, path="EAs/lf.mq5", force=True)
    after = files(library)
    assert after.pop(b"new.mq4")[0] == b"stays"
    assert after == before


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights")
@pytest.mark.parametrize("how", ["gently", "forced"])
def test_links_in_the_target_do_not_lead_out_of_it(
    kept: SnapshotRepository, tmp_path: Path, files: Files, how: str
) -> None:
    force = how == "forced"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.mq4").write_bytes(b"victim")
    out = tmp_path / "out"
    out.mkdir()
    (out / "EAs").symlink_to(outside)
    (out / "empty.mq4").symlink_to(outside / "victim.mq4")

    result = kept.restore(to=out, force=force)

    assert files(outside).keys() == {b"victim.mq4"}
    assert (outside / "victim.mq4").read_bytes() == b"victim"
    refused = {each.path for each in result.refused}
    assert "EAs/lf.mq5" in refused
    assert ("empty.mq4" in refused) is not force
    assert stat.S_ISREG((out / "empty.mq4").lstat().st_mode) is force


def test_something_in_the_way_is_refused_and_stays(
    kept: SnapshotRepository, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "empty.mq4").mkdir(parents=True)
    (out / "sorted").write_bytes(b"a file where a folder should be")
    result = kept.restore(to=out, force=True)
    assert {"empty.mq4", "sorted/a"} <= {each.path for each in result.refused}
    assert (out / "empty.mq4").is_dir()
    assert (out / "sorted").is_file()


def forge(repository: SnapshotRepository, names: list[bytes]) -> None:
    """Add a snapshot whose manifest has these names, as an attacker would."""
    good = repository.list()[0]
    store = repository._store
    writer = store.writer(set())
    blob = writer.add(b"blob", b"evil")
    sha256 = hashlib.sha256(b"evil").hexdigest()
    rows = [FileRow(name, 4, 0, sha256, blob) for name in names]
    data = encode_manifest(manifest_of(rows, names, []))
    entries = {
        b"library": (True, add_library([(b"x", blob)], writer.add)),
        b"manifest.jsonl": (False, writer.add(b"blob", data)),
    }
    commit = writer.add(b"commit", commit_bytes(add_root(entries, writer.add), good))
    writer.commit()
    store.publish("20260301T120000Z-" + commit[:8], commit)


def test_a_forged_snapshot_cannot_write_outside(
    kept: SnapshotRepository, tmp_path: Path, files: Files
) -> None:
    absolute = os.fsencode(tmp_path / "escaped")
    names = [b"../escaped", b"a/../../escaped", b"..", b".", b"a//b", b"z\0z"]
    forge(kept, [*names, absolute, b"/" + absolute, b"fine"])
    before = files(tmp_path)

    result = kept.restore(to=tmp_path / "deep" / "out", force=True)

    written = files(tmp_path)
    assert written.pop(b"deep/out/fine") == (b"evil", 0)
    assert written == before
    # Each as a file and as a folder; `fine` cannot be both.
    assert len(result.refused) == 2 * (len(names) + 2) + 1


def test_names_that_are_one_file_here_do_not_replace_each_other(
    kept: SnapshotRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case-insensitive drive, played by a target that maps two names to one."""
    forge(kept, [b"Scalper.mq4", b"scalper.mq4"])
    real = library_room.os_name

    def lower(raw: bytes) -> str:
        return real(raw.lower())

    monkeypatch.setattr(target, "os_name", lower)
    result = kept.restore(to=tmp_path / "out", force=True)
    assert result.written == 1
    assert "another file" in result.refused[0].reason


def test_a_snapshot_that_is_not_there_is_named(
    kept: SnapshotRepository, repository: SnapshotRepository, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="no snapshot called 'zzz'"):
        kept.restore("zzz", to=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_repository_says_how_to_begin(
    repository: SnapshotRepository, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="backup create"):
        repository.restore(to=tmp_path / "out")


def test_a_reader_works_beside_the_writer(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files
) -> None:
    with SnapshotRepository(kept.path, read_only=True) as reader:
        assert reader.list() == kept.list()
        reader.restore(to=tmp_path / "out")
        with pytest.raises(SnapshotError, match="reading only"):
            reader.create(library, reason="x", now=NOW)
    assert files(tmp_path / "out") == files(library)


def test_a_reader_makes_no_repository(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="no snapshots yet"):
        SnapshotRepository(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


HOSTILE = {
    b"/tmp/absolute": "leads out",
    b"a/../../up": "leads out",
    b"C:/drive": "does not allow",
    b"C:drive-relative": "does not allow",
    b"a/file.mq4:stream": "does not allow",
    b"\\\\?\\C:\\long": "does not allow",
    b"\\\\server\\share\\x": "does not allow",
    b"a\\..\\..\\up": "does not allow",
    b"nul\0byte": "zero byte",
    b"con": "device",
    b"EAs/NUL.mq4": "device",
    b"aux .mq4/x": "device",
    b"COM1": "device",
    "lpt\xb9.txt".encode(): "device",
    b"trailing.": "ends with",
    b"folder. /x": "ends with",
    b"caf\xe9": "no text",
}
"""Names that Windows must not be given, each with a word of the reason."""


@pytest.mark.parametrize("in_place", [False, True])
def test_names_that_mean_something_else_on_windows_are_refused_there(
    kept: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    in_place: bool,  # noqa: FBT001 -- both ways to restore
    at: At,
) -> None:
    forge(kept, [*HOSTILE, b"fine"])
    forged = kept.find().id
    monkeypatch.setattr(target, "unsafe_reason", partial(unsafe_reason, windows=True))
    out = library if in_place else tmp_path / "out"
    out.mkdir(exist_ok=True)
    before = files(tmp_path)

    if in_place:
        journal = tmp_path / "journal" / "restore"
        into = InPlace(kept, library, journal, reason="x", now=at(60))
        result = finish(into.restore(forged, force=True))
    else:
        result = kept.restore(forged, to=out, force=True)

    refused = {raw_of_shown(each.path): each.reason for each in result.refused}
    for raw, reason in HOSTILE.items():
        assert reason in refused[raw], raw
    written = files(tmp_path).keys() - before.keys()
    ours = (b"snapshots/", b"journal/")
    (fine,) = [raw for raw in written if not raw.startswith(ours)]
    assert fine.endswith(b"/fine")


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights")
def test_a_link_that_takes_a_folders_place_meanwhile_leads_nowhere(
    kept: SnapshotRepository, tmp_path: Path, files: Files
) -> None:
    """The folder was looked at, and found good, before it was swapped."""
    forge(kept, [b"EAs/%d.mq4" % number for number in range(3)])
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    with Target(_made(out)) as opened:
        opened.write(b"EAs/0.mq4", b"evil", 0, replace=True)
        (out / "EAs").rename(out / "elsewhere")
        (out / "EAs").symlink_to(outside)
        opened.write(b"EAs/1.mq4", b"evil", 0, replace=True)
    with Target(out) as opened, pytest.raises(RefusedError, match="not a folder"):
        opened.write(b"EAs/2.mq4", b"evil", 0, replace=True)

    assert files(outside) == {}
    assert files(out / "elsewhere").keys() == {b"0.mq4", b"1.mq4"}


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights")
def test_a_link_that_comes_between_the_look_and_the_step_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out = _made(tmp_path / "out")
    (out / "EAs").mkdir()
    real = target.is_real_folder

    def swap(found: os.stat_result) -> bool:
        (out / "EAs").rename(out / "elsewhere")
        (out / "EAs").symlink_to(outside)
        return real(found)

    monkeypatch.setattr(target, "is_real_folder", swap)
    with Target(out) as opened, pytest.raises(RefusedError, match="entered"):
        opened.write(b"EAs/1.mq4", b"evil", 0, replace=True)
    assert list(outside.iterdir()) == []


def test_what_snapshots_leave_out_is_not_written_into_the_library(
    kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files, at: At
) -> None:
    """A forged snapshot must reach neither the program's state nor Git's hooks."""
    state = _made(library / ".orquestrador")
    names = [b".orquestrador/corrections.toml", b".git/hooks/pre-commit", b"x/a.log"]
    forge(kept, [*names, b"fine"])
    forged = kept.find().id
    in_place = InPlace(
        kept,
        library,
        tmp_path / "journal",
        reason="x",
        now=at(60),
        exclude=(".git", "*.log"),
        exclude_folders=(state,),
    )
    result = finish(in_place.restore(forged))

    assert {raw_of_shown(each.path) for each in result.refused} >= set(names)
    assert not (files(library).keys() & set(names))
    assert (library / "fine").read_bytes() == b"evil"


def test_a_file_that_stands_there_under_another_spelling_is_not_replaced(
    kept: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    at: At,
) -> None:
    """A case-insensitive drive, played by a target that maps two names to one."""
    (library / "scalper.mq4").write_bytes(b"mine")
    forge(kept, [b"Scalper.mq4"])
    forged = kept.find().id
    real = library_room.os_name

    def lower(raw: bytes) -> str:
        return real(raw.lower())

    monkeypatch.setattr(target, "os_name", lower)
    steps = InPlace(kept, library, tmp_path / "journal", reason="x", now=at(60))
    result = finish(steps.restore(forged, force=True))

    assert (library / "scalper.mq4").read_bytes() == b"mine"
    assert "Scalper.mq4" in {each.path for each in result.refused}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
