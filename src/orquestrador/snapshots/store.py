"""A bare Git repository as snapshots need it: objects, references, leftovers.

The one module, with `pack` and `trees`, that knows Git; it imports `dulwich`, which
takes a while, so it is imported when a repository is opened.
"""

import hashlib
from pathlib import Path

from dulwich.object_format import SHA1
from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID
from dulwich.pack import Pack
from dulwich.refs import DiskRefsContainer, Ref

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.snapshots.manifest import Content
from orquestrador.snapshots.pack import (
    KINDS,
    PackWriter,
    clean_leftovers,
    object_id,
    sync,
    sync_folder,
)

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
_MAIN = Ref(b"refs/heads/main")
_TAGS = b"refs/tags/snapshot/"


class GitStore:
    """Reads and writes objects and references of the repository at `path`."""

    def __init__(self, path: Path, temporary: Path) -> None:
        self._path = path
        self._temporary = temporary
        self._objects = DiskObjectStore(path / "objects", object_format=SHA1)
        self._refs = DiskRefsContainer(path)

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

    def names(self) -> set[str]:
        """Return the names of all objects."""
        return {name.decode("ascii") for name in self._objects}

    def writer(self, existing: set[str]) -> PackWriter:
        """Return a writer of objects that are not in `existing`."""
        return PackWriter(self._path / "objects", self._temporary, existing)

    def tags(self) -> dict[str, str]:
        """Return the snapshots' ids and the names of their commits."""
        found = self._refs.as_dict(Ref(_TAGS))
        return {_text(tag): _text(name) for tag, name in found.items()}

    def main(self) -> str | None:
        """Return the commit that was written last."""
        try:
            return _text(self._refs[_MAIN])
        except KeyError:
            return None

    def publish(self, snapshot_id: str, commit: str) -> None:
        """Make a commit the newest, and list it.

        The branch first: a crash in between leaves a commit that `repair` can list,
        because its tag's name can be told from it.
        """
        self._refs[_MAIN] = ObjectID(commit.encode("ascii"))
        sync_folder(self._path / "refs" / "heads")
        self.tag(snapshot_id, commit)

    def tag(self, snapshot_id: str, commit: str) -> None:
        """List a commit as a snapshot."""
        name = Ref(_TAGS + snapshot_id.encode("ascii"))
        self._refs[name] = ObjectID(commit.encode("ascii"))
        sync_folder(self._path / "refs" / "tags" / "snapshot")

    def check_files(self) -> list[str]:
        """Return what is wrong with the packs and their indexes as files."""
        folder = self._path / "objects" / "pack"
        stems = sorted({each.with_suffix("") for each in folder.glob("pack-*")})
        return [found for stem in stems if (found := _pack_problem(stem))]

    def check_references(self) -> list[str]:
        """Return what is wrong with the names that lead to snapshots."""
        problems: list[str] = []
        if (self._path / "HEAD").read_text("utf-8", "replace") != _HEAD:
            problems.append("HEAD does not name the newest snapshot")
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
    sync_folder(path.parent)


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


def _pack_problem(stem: Path) -> str | None:
    pack = Pack(str(stem), object_format=SHA1)
    try:
        pack.index.check()
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
        file.write(text.encode("ascii"))
        sync(file)
    draft.replace(path)


def require(path: Path) -> None:
    """Refuse a place where no repository stands.

    Raises:
        SnapshotError: if there is none.

    """
    if not exists(path):
        raise SnapshotError(
            f"{path} holds no snapshots yet; `orquestrador backup create` takes one"
        )
