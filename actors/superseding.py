"""Which looks at files are void, because somebody has looked again since."""

from collections.abc import Iterator

from orquestrador.messages.catalog import Batch, FileState


class Superseded:
    """Looks that are void because somebody has looked at the same path since.

    A bulk run's look at a file waits for its classification; when the file is gone
    by then, storing that look would bring it back into the catalog.
    """

    def __init__(self) -> None:
        self._since_ns: dict[bytes, int] = {}

    def note(self, raw: bytes, at_ns: int) -> None:
        """Take note of a look at a path and all below it."""
        self._since_ns[raw] = at_ns

    def without(self, batch: Batch) -> Batch:
        """Return a batch without the looks that are void."""
        if not self._since_ns:
            return batch
        valid = tuple(each for each in batch.files if not self._is_void(each))
        return batch if len(valid) == len(batch.files) else batch.replace(files=valid)

    def _is_void(self, state: FileState) -> bool:
        since_ns = self._since_ns
        return any(
            state.scanned_at_ns < since_ns.get(path, 0) for path in _lineage(state.raw)
        )

    def forget(self) -> None:
        """Forget all: no older look is on its way any more."""
        self._since_ns.clear()


def _lineage(raw: bytes) -> Iterator[bytes]:
    """Yield a path, then each folder above it; the library itself is last."""
    yield raw
    while raw:
        raw = raw[: max(0, raw.rfind(b"/"))]
        yield raw
