"""A snapshot leaves the repository: as a zip, a folder, encrypted."""

import errno
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from orquestrador.errors import SnapshotError
from orquestrador.snapshots import SnapshotRepository, exporting, sealing
from orquestrador.snapshots.exporting import Exporting

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
OWN = b"mine\n"


@pytest.fixture
def kept(repository: SnapshotRepository, library: Path) -> Exporting:
    beside = {"user-data.jsonl": OWN}
    repository.create(library, reason="x", now=NOW, beside=beside)
    return Exporting(repository, "latest", force=False)


def expected(library: Path, files: Files) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for raw, (data, _) in files(library).items():
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            name = "".join(
                each if ord(each) < 0xDC80 else f"%{ord(each) - 0xDC00:02X}"
                for each in raw.decode(errors="surrogateescape")
            )
        found[f"library/{name}"] = data
    return found


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {
            each.filename: archive.read(each)
            for each in archive.infolist()
            if not each.is_dir()
        }


def test_a_zip_holds_every_byte_under_its_exact_name(
    kept: Exporting, library: Path, tmp_path: Path, files: Files
) -> None:
    target = tmp_path / "out" / "kept.zip"
    result = kept.to_zip(target)

    found = unpacked(target.read_bytes())
    assert found.pop("user-data.jsonl") == OWN
    assert b'"type":"manifest"' in found.pop("manifest.jsonl")
    assert found == expected(library, files)
    assert (result.refused, result.files) == ((), len(found))
    assert result.size == target.stat().st_size
    with zipfile.ZipFile(target) as archive:
        assert "library/empty folder/inside/" in archive.namelist()
    assert [each.name for each in target.parent.iterdir()] == ["kept.zip"]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip")
def test_another_program_unpacks_it_with_its_times(
    repository: SnapshotRepository, tmp_path: Path, files: Files
) -> None:
    root = tmp_path / "plain"
    (root / "EAs").mkdir(parents=True)
    (root / "EAs" / "série.mq4").write_bytes(b"int a;\n")
    os.utime(root / "EAs" / "série.mq4", (1_600_000_001, 1_600_000_001))
    repository.create(root, reason="x", now=NOW)
    Exporting(repository, "latest", force=False).to_zip(tmp_path / "a.zip")
    subprocess.run(
        ["unzip", "-q", tmp_path / "a.zip", "-d", tmp_path / "out"], check=True
    )
    assert files(tmp_path / "out" / "library") == files(root)


def test_a_folder_is_the_library_as_it_was(
    kept: Exporting, library: Path, tmp_path: Path, files: Files
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    kept.to_folder(target)
    assert files(target / "library") == files(library)
    assert (target / "user-data.jsonl").read_bytes() == OWN
    assert (target / "library" / "empty folder" / "inside").is_dir()
    with pytest.raises(SnapshotError, match="not empty"):
        kept.to_folder(target)
    assert not list(tmp_path.glob(".out.*"))


def test_what_is_encrypted_opens_with_the_key_alone(
    kept: Exporting, library: Path, tmp_path: Path, files: Files
) -> None:
    key, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    target = tmp_path / "kept.zip.age"
    result = kept.to_sealed_zip(target, sealing.to_recipients([str(key.to_public())]))

    data = target.read_bytes()
    assert data.startswith(b"age-encryption.org/v1")
    found = unpacked(pyrage.decrypt(data, [key]))
    assert expected(library, files).items() <= found.items()
    assert result.form == "age"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(data, [other])


def test_what_is_encrypted_opens_with_the_passphrase_alone(
    kept: Exporting, library: Path, tmp_path: Path, files: Files
) -> None:
    target = tmp_path / "kept.age"
    kept.to_sealed_zip(target, sealing.with_passphrase("correct horse"))
    data = target.read_bytes()
    found = unpacked(pyrage.passphrase.decrypt(data, "correct horse"))
    assert expected(library, files).items() <= found.items()
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(data, "wrong")


def test_what_is_no_key_is_named_before_anything_is_written() -> None:
    with pytest.raises(SnapshotError, match="'age1nothing' is no age recipient"):
        sealing.to_recipients(["age1nothing"])
    with pytest.raises(SnapshotError, match="empty passphrase"):
        sealing.with_passphrase("")


def test_a_file_that_is_there_is_only_replaced_with_force(
    kept: Exporting, repository: SnapshotRepository, tmp_path: Path
) -> None:
    target = tmp_path / "kept.zip"
    target.write_bytes(b"mine")
    with pytest.raises(SnapshotError, match="--force"):
        kept.to_zip(target)
    assert target.read_bytes() == b"mine"
    Exporting(repository, "latest", force=True).to_zip(target)
    assert zipfile.is_zipfile(target)


@pytest.mark.parametrize("form", ["zip", "age", "folder"])
def test_a_full_disk_leaves_nothing_behind(
    kept: Exporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporting, "sync", no_room)
    before = {each.name for each in tmp_path.iterdir()}
    target = tmp_path / "target"
    write = {
        "zip": lambda: kept.to_zip(target),
        "age": lambda: kept.to_sealed_zip(target, sealing.with_passphrase("x")),
        "folder": lambda: kept.to_folder(target),
    }[form]
    with pytest.raises(SnapshotError, match="full"):
        write()
    assert {each.name for each in tmp_path.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="such names are POSIX")
def test_names_that_lead_out_of_an_archive_are_left_out_and_told(
    repository: SnapshotRepository, tmp_path: Path
) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    (root / "..\\..\\evil.mq4").write_bytes(b"evil")
    (root / "fine.mq4").write_bytes(b"fine")
    repository.create(root, reason="x", now=NOW)
    target = tmp_path / "a.zip"
    result = Exporting(repository, "latest", force=False).to_zip(target)
    assert [each.path for each in result.refused] == ["..\\..\\evil.mq4"]
    assert set(unpacked(target.read_bytes())) == {"manifest.jsonl", "library/fine.mq4"}


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes are Linux's")
def test_two_names_that_an_archive_cannot_tell_apart_are_told(
    repository: SnapshotRepository, tmp_path: Path
) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    for name in (b"caf\xe9.mq4", b"caf%E9.mq4"):
        (root / os.fsdecode(name)).write_bytes(name)
    repository.create(root, reason="x", now=NOW)
    result = Exporting(repository, "latest", force=False).to_zip(tmp_path / "a.zip")
    assert len(result.refused) == 1
    assert result.files == 1


def test_times_that_a_zip_does_not_know_are_the_nearest(
    repository: SnapshotRepository, tmp_path: Path
) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    for name, seconds in (("old.mq4", 1), ("new.mq4", 4_500_000_000)):
        (root / name).write_bytes(name.encode())
        os.utime(root / name, (seconds, seconds))
    repository.create(root, reason="x", now=NOW)
    Exporting(repository, "latest", force=False).to_zip(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        years = {each.filename: each.date_time[0] for each in archive.infolist()}
    assert years["library/old.mq4"] == 1980
    assert years["library/new.mq4"] == 2107
