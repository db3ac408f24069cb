"""A shard in, its part out: what an engine calls, wherever it runs."""

import faulthandler
import functools
import io
from pathlib import PurePath

from orquestrador.catalog.export import writer_of
from orquestrador.errors import DatasetError, OrquestradorError
from orquestrador.messages.catalog import FileState
from orquestrador.messages.codec import Decoder, encode
from orquestrador.messages.record import Record, unknown_record
from orquestrador.messages.sameness import Sketch
from orquestrador.messages.shards import ClassifyShard, ShardClassified, ShardProgram
from orquestrador.messages.work import ContentKey, ContentToClassify, FailedContent
from orquestrador.shards.looking import looks
from orquestrador.shards.places import folder_at
from orquestrador.shards.planning import said_of
from orquestrador.shards.row_names import shown_claim
from orquestrador.tables import write_rows
from orquestrador.worker import Classify, load, parted, settled

Row = tuple[Record, Sketch | None]
Key = tuple[str | None, str]

BEGUN = "_begun-"
"""Before a shard's name: the content that was begun last, where care is taken."""


def classify_encoded(given: bytes) -> bytes:
    """Do what `classify_shard` does, for a `ClassifyShard` in bytes."""
    return encode(classify_shard(Decoder(ClassifyShard).decode(given)))


def classify_shard(task: ClassifyShard) -> ShardClassified:
    """Classify a shard and write its part.

    The part is a function of the shard's sources, the job and the version: whoever
    writes it again, writes the same bytes. There is none, and the answer says why, if
    the input cannot be read as a whole, the part cannot be written, or another version
    is installed here than the job asks for.
    """
    try:
        work = _Work(task)
        for look in looks(task.shard, task.job.sources):
            assert look.state is not None  # noqa: S101 -- nothing was known before
            work.take(look.state, look.data)
        name = f"{task.shard.name}.{task.job.output}"
        folder_at(task.to).write(name, work.part(name))
    except (OrquestradorError, OSError) as error:
        return ShardClassified(problem=f"{task.shard.name}: {error}")
    return ShardClassified(classified=work.classified, problems=work.problems)


class _Work:
    """A shard in hand."""

    def __init__(self, task: ClassifyShard) -> None:
        self.classified = 0
        self.problems = 0
        self._task = task
        self._classify = _loaded(task.program, task.job.classifier)
        self._said: dict[Key, Row] = {}
        self._failed: set[Key] = set()
        self._rows: list[Row] = []

    def take(self, state: FileState, data: bytes | None) -> None:
        """Take a source; one with bytes is classified now."""
        key = (state.sha256, state.suffix)
        if data is not None:
            self._said[key] = self._content(key, state, data)
        record, sketch = self._said.get(key) or (
            self._unread(state, state.problem),
            None,
        )
        if state.problem is not None or key in self._failed:
            self.problems += 1
        if state.sniffed and state.problem is None and record.language == "unknown":
            # A text that is no source of ours.
            return
        self._rows.append((record.replace(path=shown_claim(state.raw)), sketch))

    def part(self, name: str) -> bytes:
        """Return the part, in the format that its name says."""
        stream = io.BytesIO()
        if name.endswith(".parquet"):
            write_rows(self._rows, stream, said_of(self._task.job))
        else:
            writer_of(PurePath(name))((record for record, _ in self._rows), stream)
        return stream.getvalue()

    def _content(self, key: Key, state: FileState, data: bytes) -> Row:
        index, self.classified = self.classified, self.classified + 1
        limit_s = self._task.program.content_limit_s
        if index in self._task.harmful:
            self._failed.add(key)
            return self._unread(
                state,
                "classification ended its worker twice, or took longer than "
                f"{limit_s:g} s",
            ), None
        if self._task.careful:
            begun = f"{BEGUN}{self._task.shard.name}"
            folder_at(self._task.to).write(begun, str(index).encode())
        content_key = ContentKey(sha256=key[0] or "", suffix=key[1])
        content = ContentToClassify(key=content_key, data=data)
        if self._task.fenced:
            # Needs neither the interpreter nor the driver: it ends what hangs in C.
            faulthandler.dump_traceback_later(limit_s, exit=True)
        answer = settled(content, self._task.job.level, self._classify)
        if self._task.fenced:
            faulthandler.cancel_dump_traceback_later()
        if isinstance(answer, FailedContent):
            self._failed.add(key)
            return self._unread(state, answer.reason, self._task.job.level), None
        return answer.record, answer.sketch

    def _unread(
        self, state: FileState, reason: str | None, level: str = "quick"
    ) -> Record:
        # As a catalog says of a file that was not classified: nothing but its size.
        return unknown_record(
            sha256=state.sha256 or "",
            size=state.size,
            reason=reason or "unknown",
            level="full" if level == "full" else "quick",
            classifier=self._task.job.classifier,
        )


@functools.lru_cache(maxsize=4)
def _loaded(program: ShardProgram, classifier: str) -> Classify:
    classify = load(program.function, program.profile, program.own)
    installed = parted(classify(b"", ""))[0].classifier
    if installed != classifier:
        raise DatasetError(
            f"version {installed} is installed where a shard was to be classified, and "
            f"{classifier} is wanted: install the same orquestrador there"
        )
    return classify
