"""The manifest of an output folder: what is to be done, shard by shard.

JSON lines: what all shards have in common first, then a line a shard. It is written
before the first part and never changes: a shard is done once its part has its name.
"""

from typing import NamedTuple

import msgspec

from orquestrador.errors import DatasetError
from orquestrador.messages.shards import Shard, ShardJob
from orquestrador.shards.places import Folder

NAME = "_manifest.jsonl"
"""Readers of data sets leave out what begins with an underscore."""


class Manifest(NamedTuple):
    """What is to be done."""

    job: ShardJob
    shards: tuple[Shard, ...]

    def part(self, shard: Shard) -> str:
        """Return the name of a shard's part."""
        return f"{shard.name}.{self.job.output}"

    def missing(self, folder: Folder) -> list[Shard]:
        """Return the shards that have no part yet."""
        there = folder.names()
        return [each for each in self.shards if self.part(each) not in there]


def read_manifest(folder: Folder) -> Manifest | None:
    """Return the folder's manifest; None if it has none.

    Raises:
        DatasetError: if it is damaged.

    """
    if NAME not in folder.names():
        return None
    first, *others = folder.read(NAME).splitlines()
    try:
        job = msgspec.json.decode(first, type=ShardJob)
        decoder = msgspec.json.Decoder(Shard)
        return Manifest(job, tuple(map(decoder.decode, others)))
    except msgspec.DecodeError as error:
        raise DatasetError(
            f"{NAME} is damaged or of another version: {error}; choose another folder"
        ) from error


def write_manifest(folder: Folder, manifest: Manifest) -> None:
    """Write the manifest of a new folder."""
    encode = msgspec.json.Encoder().encode
    lines = [encode(manifest.job), *map(encode, manifest.shards)]
    folder.write(NAME, b"".join(line + b"\n" for line in lines))


def require_same(asked: ShardJob, kept: ShardJob) -> None:
    """Refuse to go on with what was begun in another way.

    Raises:
        DatasetError: names what differs.

    """
    for name in asked.__struct_fields__:
        ours, theirs = getattr(asked, name), getattr(kept, name)
        if name == "sources":
            for part in ours.__struct_fields__:
                _require(part, getattr(ours, part), getattr(theirs, part))
        _require(name, ours, theirs)


def _require(name: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise DatasetError(
            f"the folder was begun with another {name} ({theirs}, now {ours}): go on "
            "in the same way, or choose another folder"
        )
