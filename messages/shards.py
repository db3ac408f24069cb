"""The conversation about shards: pieces of a large input, classified one by one."""

from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages.base import Message
from orquestrador.messages.record import Level

InputFormat = Literal["folder", "parquet"]
OutputFormat = Literal["parquet", "jsonl", "csv"]
NonNegative = Annotated[int, Meta(ge=0)]


class Sources(Message, tag=False):
    """What is read, and how."""

    format: InputFormat
    root: str
    """Absolute folder, or URI, below which everything stands."""

    path_columns: tuple[str, ...]
    """Of Parquet: the columns whose values, joined by `/`, are a source's path."""

    content_column: str
    """Of Parquet: the column of the sources, text or bytes."""

    suffixes: tuple[str, ...]
    """Endings of what is classified; sorted, as all of them."""

    sniffed: tuple[str, ...]
    """Endings of what is only ours if its content is."""

    counted: tuple[str, ...]
    """Endings of what is named as not read."""

    archives: bool
    """Whether members of `.zip` archives in a local folder are classified too."""

    max_bytes: NonNegative
    """A larger source is named and not classified."""


class ShardJob(Message):
    """What all shards of an output folder have in common: the manifest's first line."""

    schema_version: str
    inputs: tuple[str, ...]
    sources: Sources
    output: OutputFormat
    level: Level
    classifier: str
    """The version that every record carries."""

    shard_bytes: NonNegative
    """Source in a shard, unless a single file or row group is larger."""


class Shard(Message):
    """A line of the manifest: one piece of the input, one part of the output."""

    name: str
    """Of its part, without the ending."""

    files: tuple[str, ...]
    """Shown names below the root; of Parquet, the one file."""

    count: NonNegative
    """Files or rows."""

    size: NonNegative
    """Bytes, as the folder or the Parquet file says."""

    row_groups: tuple[NonNegative, ...] = ()
    """Of the Parquet file, from 0."""

    first_row: NonNegative = 0
    """Of these row groups in the file, from 0."""


class ShardProgram(Message, tag=False):
    """What classifies, wherever a shard is worked on."""

    function: str
    """`module:function` of the classifier."""

    profile: str
    """The prop firm's that judges, encoded; empty for the default."""

    own: str
    """The user's rules, encoded; empty for none."""

    content_limit_s: float
    """Seconds that a content may take."""


class ClassifyShard(Message):
    """Classify a shard and write its part; answered by `ShardClassified`."""

    job: ShardJob
    shard: Shard
    to: str
    """Absolute folder, or URI, of the parts."""

    program: ShardProgram
    fenced: bool
    """Whether the process may be ended when a content takes too long."""

    careful: bool = False
    """Whether to leave word of each content before it is begun: one has ended a worker
    before."""

    harmful: tuple[int, ...] = ()
    """Contents of the shard, counted from 0, that ended a worker twice."""


class ShardClassified(Message):
    """What became of a shard."""

    classified: NonNegative = 0
    """Distinct contents."""

    problems: NonNegative = 0
    """Files that could not be read or classified; each has its record."""

    problem: str | None = None
    """Why there is no part; None: it is written."""


class ShardEnded(Message):
    """An engine is done with a shard, in whatever way (from a thread of its own)."""

    task: int
    """Number of the task, counted by its actor."""

    answer: bytes | None
    """A `ShardClassified`, encoded; None when there is none."""

    cause: Literal["worker", "node", "system"] | None = None
    """What ended it without an answer: see `Lost` of the engines."""

    reason: str = ""


class BeginShards(Message):
    """The actor to itself: begin, or go on, with the shards that have no part."""
