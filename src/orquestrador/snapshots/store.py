"""A bare Git repository as snapshots need it: objects, references, leftovers.

The one module, with `pack` and `trees`, that knows Git; it imports `dulwich`, which
takes a while, so it is imported when a repository is opened.
"""

import hashlib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

from dulwich.object_format import SHA1
from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID
from dulwich.pack import Pack

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.snapshots.manifest import Content
from orquestrador.snapshots.old_packs import NAMES, OldPack, drop, stems
from orquestrador.snapshots.pack import (
    KINDS,
    PackWriter,
    clean_leftovers,
    object_id,
    sync,
    sync_folder,
)
from orquestrador.snapshots.packed_references import (
    COMMIT,
    PackedReferences,
)
from orquestrador.snapshots.packed_references import FILE_NAME as PACKED
from orquestrador.snapshots.trees import read_commit

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = false
\tbare = true
\tlogallrefupdates = false
[gc]
\tauto = 0
"""
_HEAD = "ref: refs/heads/main\n"
_FOLDERS = ("objects/info", "objects/pack", "refs/heads", "refs/tags/snapshot")
_MAIN = "refs/heads/main"
_TAGS = "refs/tags/snapshot/"


class GitStore:
    """Reads and writes objects and references of the repository at `path`."""

    def __init__(self, path: Path, temporary: Path) -> None:
        self._path = path
        self._temporary = temporary
        self._objects = DiskObjectStore(path / "objects", object_format=SHA1)

    def close(self) -> None:
        """Close the files of packs."""
        self._objects.close()

    def read(self, kind: bytes, name: str) -> bytes:
        """Return an object's bytes, which hash to its name.

        Raises:
            SnapshotDamagedError: if it is missing, damaged or of another kind.

        """
        try:
            number, data = self._objects.get_raw(
                ObjectID(name.encode("ascii", "replace"))
            )
        except KeyError as error:
            raise SnapshotDamagedError(f"{kind.decode()} {name} is missing") from error
        except Exception as error:
            raise SnapshotDamagedError(
                f"{kind.decode()} {name} cannot be read: "
                f"{type(error).__name__}: {error}"
            ) from error
        if number != KINDS[kind] or object_id(kind, data) != name:
            raise SnapshotDamagedError(f"{kind.decode()} {name} is damaged")
        return data

    def read_content(self, content: Content) -> bytes:
        """Return the bytes of a content, which hash to both its names.

        Raises:
            SnapshotDamagedError: if they are missing or damaged.

        """
        data = self.read(b"blob", content.blob)
        if hashlib.sha256(data).hexdigest() != content.sha256:
            raise SnapshotDamagedError(
                f"blob {content.blob} does not hash to {content.sha256}"
            )
        return data

    def read_any(self, name: str) -> tuple[bytes, bytes]:
        """Return an object's kind and bytes, which hash to its name.

        Raises:
            SnapshotDamagedError: if it is missing or damaged.

        """
        try:
            number, data = self._objects.get_raw(
                ObjectID(name.encode("ascii", "replace"))
            )
        except KeyError as error:
            raise SnapshotDamagedError(f"object {name} is missing") from error
        except Exception as error:
            raise SnapshotDamagedError(
                f"object {name} cannot be read: {type(error).__name__}: {error}"
            ) from error
        kind = NAMES.get(number)
        if kind is None or object_id(kind, data) != name:
            raise SnapshotDamagedError(f"object {name} is damaged")
        return kind, data

    def names(self) -> set[str]:
        """Return the names of all objects that can be found.

        What stands in a pack whose index cannot be read is missing, and a later
        snapshot writes it again.
        """
        try:
            return {name.decode("ascii") for name in self._objects}
        except Exception:  # noqa: BLE001 -- whatever a damaged index makes of dulwich
            return set().union(*map(_names_in, self._objects.packs))

    def writer(
        self, existing: AbstractSet[str], executor: Executor | None = None
    ) -> PackWriter:
        """Return a writer of objects that are not in `existing`."""
        return PackWriter(self.objects, self._temporary, existing, executor)

    @property
    def objects(self) -> Path:
        """The folder of all objects."""
        return self._path / "objects"

    def drop(self, packs: Iterable[Path]) -> int:
        """Let packs go; returns how many are still there because they are read."""
        # Not while we have them open: Windows would refuse.
        self._objects.close()
        left = drop(packs, self.objects, self._temporary)
        self.refresh()
        return left

    def refresh(self) -> None:
        """See what others have written and removed since."""
        self._objects.close()
        self._objects = DiskObjectStore(self.objects, object_format=SHA1)

    def state(self) -> tuple[dict[str, str], list[Path]]:
        """Return what changes whenever somebody writes or removes snapshots."""
        return self.references(), stems(self.objects)

    def references(self) -> dict[str, str]:
        """Return all references and the objects they name, ours and others'."""
        found = dict(PackedReferences(self._path).names)
        for path in (self._path / "refs").rglob("*"):
            if path.is_file() and path.suffix != ".lock":
                text = _text(path.read_bytes()).strip()
                # One that names another reference leads nowhere that this does not.
                if not text.startswith("ref:"):
                    found[path.relative_to(self._path).as_posix()] = text
        return found

    def tags(self) -> dict[str, str]:
        """Return the snapshots' ids and the names of their commits."""
        found = self.references()
        return {
            name.removeprefix(_TAGS): commit
            for name, commit in found.items()
            if name.startswith(_TAGS)
        }

    def main(self) -> str | None:
        """Return the commit that was written last."""
        return self.references().get(_MAIN)

    def publish(self, snapshot_id: str, commit: str) -> None:
        """Make a commit the newest, and list it.

        The branch first: a crash in between leaves a commit that `repair` can list,
        because its tag's name can be told from it.
        """
        self._refer(_MAIN, commit)
        self.tag(snapshot_id, commit)

    def tag(self, snapshot_id: str, commit: str) -> None:
        """List a commit as a snapshot."""
        self._refer(_TAGS + snapshot_id, commit)

    def _refer(self, reference: str, commit: str) -> None:
        # Not by dulwich: on a full disk its lock file stays, and tries once more to be
        # written when it is collected, which is told on the terminal.
        path = self._path / reference
        _put(path, f"{commit}\n", self._temporary)
        sync_folder(path.parent)

    def unlist(self, tags: Iterable[tuple[str, str]]) -> None:
        """Take snapshots off the list: ids and the commits that they name."""
        folder = self._path / "refs" / "tags" / "snapshot"
        tags = list(tags)
        packed = PackedReferences(self._path)
        gone = {_TAGS + snapshot_id for snapshot_id, _ in tags} & packed.names.keys()
        if gone:
            # Before the loose ones: those hide what is packed.
            _put(self._path / PACKED, packed.without(gone), self._temporary)
            sync_folder(self._path)
        for snapshot_id, _commit in tags:
            (folder / snapshot_id).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder)
        sync_folder(self._path)

    def check_indexes(self) -> list[str]:
        """Return what is wrong with the indexes of packs, without reading the packs."""
        return [
            found
            for stem in stems(self.objects)
            if (found := _pack_problem(stem, index_only=True))
        ]

    def check_files(self) -> list[str]:
        """Return what is wrong with the packs and their indexes as files."""
        folder = self._path / "objects" / "pack"
        stems = sorted({each.with_suffix("") for each in folder.glob("pack-*")})
        return [found for stem in stems if (found := _pack_problem(stem))]

    def damaged_packs(self) -> list[Path]:
        """Return the packs that have something wrong with them, or their indexes."""
        folder = self.objects / "pack"
        found = sorted({each.with_suffix("") for each in folder.glob("pack-*")})
        return [stem for stem in found if _pack_problem(stem)]

    def names_except(self, packs: Iterable[Path]) -> set[str]:
        """Return the names of all objects that other packs than these hold."""
        names = {stem.name for stem in packs}
        found: set[str] = set()
        for stem in stems(self.objects):
            if stem.name not in names:
                pack = OldPack(stem)
                found.update(entry.name for entry in pack.entries)
                pack.close()
        return found

    def mend_references(self) -> list[str]:
        """Set right the names that lead to snapshots; return what was wrong."""
        mended = self._mend_packed()
        if (self._path / "HEAD").read_text("utf-8", "replace") != _HEAD:
            _put(self._path / "HEAD", _HEAD, self._temporary)
            mended.append("HEAD")
        for tag, commit in self.tags().items():
            right = self._commit_of(tag, commit)
            if right is not None:
                self.tag(tag, right)
                mended.append(f"refs/tags/snapshot/{tag}")
        tags = self.tags()
        if tags and self.main() not in tags.values():
            newest = tags[max(tags)]
            self._refer(_MAIN, newest)
            mended.append("refs/heads/main")
        return mended

    def _mend_packed(self) -> list[str]:
        """Write the packed references anew without the lines that are damaged."""
        packed = PackedReferences(self._path)
        if not packed.damaged:
            return []
        for line in packed.damaged:
            for name in COMMIT.findall(line):
                with suppress(SnapshotDamagedError):
                    commit = _text(name)
                    found, _ = read_commit(commit, self.read(b"commit", commit))
                    self.tag(found.id, commit)
        _put(self._path / PACKED, packed.without(()), self._temporary)
        sync_folder(self._path)
        return [PACKED]

    def _commit_of(self, tag: str, commit: str) -> str | None:
        """Return the commit that a tag should name; None when it does, or is lost."""
        names = self.names()
        if commit.startswith(tag[-8:]) and commit in names:
            return None
        for name in names:
            if not name.startswith(tag[-8:]):
                continue
            try:
                snapshot, _ = read_commit(name, self.read(b"commit", name))
            except SnapshotDamagedError:
                continue
            if snapshot.id == tag:
                return name
        return None

    def check_references(self) -> list[str]:
        """Return what is wrong with the names that lead to snapshots."""
        problems: list[str] = []
        if (self._path / "HEAD").read_text("utf-8", "replace") != _HEAD:
            problems.append("HEAD does not name the newest snapshot")
        damaged = PackedReferences(self._path).damaged
        problems += [f"{PACKED} has a damaged line: {line[:90]!r}" for line in damaged]
        tags, main = self.tags(), self.main()
        if main not in tags.values() and (tags or main):
            problems.append(f"refs/heads/main names no snapshot: {main}")
        return problems


def create(path: Path, temporary: Path) -> None:
    """Make an empty bare repository; finishes what a crash left half made."""
    for folder in _FOLDERS:
        (path / folder).mkdir(parents=True, exist_ok=True)
    _put(path / "config", _CONFIG, temporary)
    for folder in ("objects", "refs", "refs/tags"):
        sync_folder(path / folder)
    sync_folder(path)
    # Last: a folder without HEAD is no repository yet.
    _put(path / "HEAD", _HEAD, temporary)
    sync_folder(path)


def exists(path: Path) -> bool:
    """Whether a repository stands at `path`."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def clean(path: Path, temporary: Path) -> None:
    """Remove what dead processes left; the caller holds the repository's lock."""
    clean_leftovers(path / "objects", temporary)
    for folder in (path, path / "objects" / "info", path / "objects" / "pack"):
        for lock in folder.glob("*.lock"):
            lock.unlink(missing_ok=True)
    for lock in (path / "refs").rglob("*.lock"):
        lock.unlink(missing_ok=True)
    for folder_name in _FOLDERS:
        if not (path / folder_name).is_dir():
            # Git drops empty folders when it packs references.
            (path / folder_name).mkdir(parents=True, exist_ok=True)


def _pack_problem(stem: Path, *, index_only: bool = False) -> str | None:
    pack = Pack(str(stem), object_format=SHA1)
    try:
        pack.index.check()
        if not index_only:
            pack.data.check()
    except Exception as error:  # noqa: BLE001 -- a reader of damaged bytes may raise anything
        return f"{stem.name}: {type(error).__name__}: {error}"
    finally:
        pack.close()
    return None


def _text(damaged: bytes) -> str:
    """Return what should be ASCII, and may be anything in a damaged repository."""
    return damaged.decode("ascii", "replace")


def _put(path: Path, text: str, temporary: Path) -> None:
    draft = temporary / path.name
    with draft.open("wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        sync(file)
    draft.replace(path)


def _names_in(pack: Pack) -> set[str]:
    try:
        return {name.decode("ascii") for name in pack}
    except Exception:  # noqa: BLE001 -- `check_indexes` says what is wrong with it
        return set()


def require(path: Path) -> None:
    """Refuse a place where no repository stands.

    Raises:
        SnapshotError: if there is none.

    """
    if not exists(path):
        raise SnapshotError(
            f"{path} holds no snapshots yet; `orquestrador backup create` takes one"
        )
