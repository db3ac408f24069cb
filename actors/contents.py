"""Contents on their way to workers and back, and the files that wait for them.

Plain bookkeeping without any actor, for a run and for saves.
"""

from collections import deque

from orquestrador.messages.catalog import Batch, ClassifiedContent, FileState
from orquestrador.messages.record import Level, unknown_record
from orquestrador.messages.work import (
    BatchClassified,
    ContentKey,
    ContentToClassify,
    FailedContent,
)

Contents = tuple[ContentToClassify, ...]
Key = tuple[str, str]
"""sha256 and suffix of a content."""


class ContentBatches:
    """Divides contents into batches for workers."""

    def __init__(self, most_contents: int, most_bytes: int) -> None:
        """A batch holds at most so much, or a single content."""
        self._most_contents = most_contents
        self._most_bytes = most_bytes
        self._open: list[ContentToClassify] = []
        self._open_bytes = 0
        self._ready: deque[Contents] = deque()

    def __len__(self) -> int:
        """Return how many batches are ready."""
        return len(self._ready)

    def add(self, key: Key, data: bytes) -> None:
        """Add a content to the open batch, or to a new one if it is full."""
        if self._open and (
            self._open_bytes + len(data) > self._most_bytes
            or len(self._open) == self._most_contents
        ):
            self.close()
        content_key = ContentKey(sha256=key[0], suffix=key[1])
        self._open.append(ContentToClassify(key=content_key, data=data))
        self._open_bytes += len(data)

    def close(self) -> None:
        """Make the open batch ready; nothing more comes for now."""
        if self._open:
            self._ready.append(tuple(self._open))
            self._open = []
            self._open_bytes = 0

    def take(self) -> Contents | None:
        """Take a batch that is ready."""
        return self._ready.popleft() if self._ready else None


class WaitingFiles:
    """Files by the content whose classification they wait for."""

    def __init__(self, level: Level, classifier: str) -> None:
        """See `Record`: what a content that cannot be classified is noted with."""
        self._level: Level = level
        self._classifier = classifier
        self._files: dict[Key, list[FileState]] = {}

    def __contains__(self, key: object) -> bool:
        """Whether files wait for this content."""
        return key in self._files

    def __len__(self) -> int:
        """Return how many files wait."""
        return sum(map(len, self._files.values()))

    def add(self, key: Key, state: FileState) -> None:
        """Let a file wait for its content."""
        self._files.setdefault(key, []).append(state)

    def answered(self, answer: BatchClassified) -> tuple[Batch, int]:
        """Take a worker's answer.

        Returns:
            What to store, in one transaction, and how many of its files have a
            content that could not be classified.

        """
        files: list[FileState] = []
        records = list(answer.classified)
        for classified in answer.classified:
            record = classified.record
            files += self._files.pop((record.sha256, classified.suffix), ())
        problems = 0
        for failed in answer.failed:
            states = self._failed(failed, records)
            problems += len(states)
            files += states
        return Batch(files=tuple(files), records=tuple(records)), problems

    def _failed(
        self, failed: FailedContent, records: list[ClassifiedContent]
    ) -> list[FileState]:
        states = self._files.pop((failed.key.sha256, failed.key.suffix), [])
        if failed.again:
            return [state.replace(problem=failed.reason) for state in states]
        # The content itself is the cause: until the rules change there is no sense
        # in trying again, so the reason is its record.
        record = unknown_record(
            sha256=failed.key.sha256,
            size=states[0].size if states else 0,
            reason=failed.reason,
            level=self._level,
            classifier=self._classifier,
        )
        records.append(ClassifiedContent(suffix=failed.key.suffix, record=record))
        return states
