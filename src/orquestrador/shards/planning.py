"""Plans an output folder: from what is asked for to a manifest, once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orquestrador.config import ClassificationSettings
from orquestrador.errors import DatasetError
from orquestrador.messages.shards import OutputFormat, Shard, ShardJob, Sources
from orquestrador.shards.file_shards import common_root, file_shards
from orquestrador.shards.manifest import (
    Manifest,
    read_manifest,
    require_same,
    write_manifest,
)
from orquestrador.shards.places import absolute, folder_at, is_uri
from orquestrador.shards.row_shards import parquet_files, row_shards
from orquestrador.tables import common_metadata, require_arrow
from orquestrador.tables.schema import SCHEMA_VERSION

SHARD_BYTES = 8_000_000
"""Of sources, some hundred files: seconds of work, and little to do again."""


@dataclass(frozen=True, kw_only=True)
class ShardOptions:
    """How an input is read and its parts are written."""

    input_format: Literal["auto", "folder", "parquet"] = "auto"
    """`auto`: Parquet where an input is a `.parquet` file, or a folder that directly
    holds one."""

    output: OutputFormat = "parquet"
    path_columns: tuple[str, ...] = ("path",)
    content_column: str = "content"
    shard_bytes: int = SHARD_BYTES


def plan(
    inputs: Sequence[str],
    to: str,
    options: ShardOptions,
    settings: ClassificationSettings,
    classifier: str,
) -> Manifest:
    """Return the manifest of an output folder; a folder that has none is begun.

    Args:
        inputs: folders, files or URIs.
        to: folder or URI of the output; made if it is not there.
        options: how they are read and written.
        settings: which files are classified, how large they may be, and the level.
        classifier: the version that the records will carry.

    Raises:
        DatasetError: if an input cannot be read, or the folder was begun for another
            input, in another way or by another version.

    """
    places = tuple(sorted(set(map(absolute, inputs))))
    job = ShardJob(
        schema_version=SCHEMA_VERSION,
        inputs=places,
        sources=_sources(places, options, settings),
        output=options.output,
        level=settings.level,
        classifier=classifier,
        shard_bytes=options.shard_bytes,
    )
    if options.output == "parquet":
        require_arrow()
    folder = folder_at(absolute(to))
    kept = read_manifest(folder)
    if kept is not None:
        require_same(job, kept.job)
        return kept
    if folder.names() - {".lock"}:
        raise DatasetError(f"{to} holds something else: choose a new folder")
    manifest = Manifest(job, tuple(_shards(job, absolute(to))))
    if options.output == "parquet":
        folder.write("_common_metadata", common_metadata(said_of(job)))
    write_manifest(folder, manifest)
    return manifest


def said_of(job: ShardJob) -> dict[str, str]:
    """Return what each part says of all its rows."""
    return {"classifier": job.classifier, "level": job.level}


def _shards(job: ShardJob, to: str) -> Iterator[Shard]:
    if job.sources.format == "folder":
        return file_shards(job.inputs, to, job.sources, job.shard_bytes)
    files = [file for place in job.inputs for file in parquet_files(place)]
    if not files:
        raise DatasetError(f"{', '.join(job.inputs)}: no Parquet file is there")
    return row_shards(files, job.sources, job.shard_bytes)


def _sources(
    places: Sequence[str], options: ShardOptions, settings: ClassificationSettings
) -> Sources:
    is_parquet = options.input_format == "parquet" or (
        options.input_format == "auto" and any(map(_holds_parquet, places))
    )
    return Sources(
        format="parquet" if is_parquet else "folder",
        root=common_root(places),
        path_columns=options.path_columns,
        content_column=options.content_column,
        suffixes=tuple(sorted(settings.suffixes)),
        sniffed=tuple(sorted(settings.sniffed_suffixes)),
        counted=tuple(sorted(settings.unread_suffixes)),
        archives=settings.archives,
        max_bytes=int(settings.max_file_mb * 1e6),
    )


def _holds_parquet(place: str) -> bool:
    if is_uri(place):
        return bool(parquet_files(place))
    path = Path(place)
    return path.suffix == ".parquet" or any(path.glob("*.parquet"))
