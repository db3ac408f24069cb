"""The worker process: batches come in as frames, one answer a content goes out.

`python -m orquestrador.worker MODULE:FUNCTION MEMORY_MB CONTENT_LIMIT_S` is started by
the worker actor and never imports the user's `__main__`. Two more arguments may follow:
the prop firm's profile that judges, empty for the default, and `own` where the first
frame brings the user's rules: no command line is that long. The process's first frame
says that it can work. It answers content by content, so that a content which ends the
process is known by the answers that are there; between two contents it looks for
urgent ones, and says so when it begins one. It ends when its standard input ends.
"""

import faulthandler
import gc
import itertools
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO

from orquestrador.config.own_rules import decoded_own_rules
from orquestrador.config.profiles import decoded_profile
from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.codec import Decoder, FrameReader, encode, frame
from orquestrador.messages.record import Level, Record
from orquestrador.messages.sameness import Sketch
from orquestrador.messages.work import (
    ClassifyBatch,
    ContentAnswered,
    ContentToClassify,
    FailedContent,
    OwnRulesGiven,
    UrgentBegun,
    WorkerReady,
)

Classify = Callable[..., Record | tuple[Record, Sketch | None]]
"""`classify(data, name, *, level)`: a record, or one with the code's sketch."""

Batches = queue.PriorityQueue[tuple[bool, int, ClassifyBatch]]
"""What is to be done: the urgent first, otherwise in the order of arrival."""

_CHUNK_BYTES = 1 << 16
_COLLECT_EVERY = 20_000
"""Objects; a content makes some thousands, and nearly all without a cycle."""
_PR_SET_PDEATHSIG = 1
"""Strictly the signal of the end of the thread that started us: the worker actor's,
which ends its process in any case."""


def main(arguments: list[str]) -> None:
    """Work until standard input ends."""
    function, memory_mb, limit_s, profile, own = (*arguments, "", "")[:5]
    # Ctrl-C in the terminal reaches every process of it; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    lower_priority()
    answers = take_standard_output()
    given = frames()
    classify = load(function, profile, _own_rules(given) if own else "")
    version = parted(classify(b"", ""))[0].classifier
    limit_memory(int(memory_mb))
    _send(answers, WorkerReady(pid=os.getpid(), classifier=version))
    batches: Batches = queue.PriorityQueue()
    threading.Thread(target=_read, args=(given, batches), daemon=True).start()
    # What is loaded by now stays: the collector need not walk over it again and again.
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    while True:
        _answer_batch(batches.get()[-1], classify, float(limit_s), answers)


def load(function: str, profile: str = "", own: str = "") -> Classify:
    """Return what `module:function` names, by an encoded profile and rules if given."""
    module, _, name = function.partition(":")
    loaded: Classify = getattr(import_module(module), name)
    given: dict[str, Any] = {}
    if profile:
        given["profile"] = decoded_profile(profile)
    if own:
        given["own"] = decoded_own_rules(own)
    return partial(loaded, **given) if given else loaded


def frames() -> Iterator[bytes]:
    """Yield the frames on standard input, until it ends."""
    reader = FrameReader()
    descriptor = sys.stdin.fileno()
    while data := os.read(descriptor, _CHUNK_BYTES):
        yield from reader.feed(data)


def _own_rules(frames: Iterator[bytes]) -> str:
    return Decoder(OwnRulesGiven).decode(next(frames)).rules


def _read(frames: Iterator[bytes], batches: Batches) -> None:
    # A thread of its own: the parent's end is seen while a content is worked on.
    decoder = Decoder(ClassifyBatch)
    numbers = itertools.count()
    try:
        for each in frames:
            batch = decoder.decode(each)
            batches.put((not batch.urgent, next(numbers), batch))
    except BaseException:  # noqa: BLE001 -- ends the process
        # Without this thread no batch would ever come: end with the reason in sight.
        traceback.print_exc()
        os._exit(1)
    # The parent is gone or has closed the pipe; nobody waits for an answer.
    os._exit(0)


def _answer_batch(
    batch: ClassifyBatch, classify: Classify, limit_s: float, answers: BinaryIO
) -> None:
    for index, content in enumerate(batch.contents):
        if batch.urgent:
            _send(answers, UrgentBegun(batch=batch.batch))
        # The parent ends a process that exceeds the limit. This clock needs neither
        # the parent nor the interpreter, and so ends an orphan as well.
        faulthandler.dump_traceback_later(2 * limit_s + 5, exit=True)
        record, sketch, reason = answer(content, batch.level, classify)
        faulthandler.cancel_dump_traceback_later()
        _send(
            answers,
            ContentAnswered(
                batch=batch.batch,
                index=index,
                record=record,
                sketch=sketch,
                reason=reason,
            ),
        )


def answer(
    content: ContentToClassify, level: Level, classify: Classify
) -> tuple[Record | None, Sketch | None, str | None]:
    """Return the record of a content without a path, its sketch, or why not."""
    try:
        found = classify(content.data, f"content{content.key.suffix}", level=level)
    except MemoryError:
        return None, None, "classification needed more memory than a worker may use"
    except Exception as error:  # noqa: BLE001 -- reported with the content, which is named
        return None, None, f"classification failed: {type(error).__name__}: {error}"
    record, sketch = parted(found)
    return record.replace(path=""), sketch, None


def settled(
    content: ContentToClassify, level: Level, classify: Classify
) -> ClassifiedContent | FailedContent:
    """Return what becomes of a content where nobody else has to look after it."""
    record, sketch, reason = answer(content, level, classify)
    if record is None:
        return FailedContent(key=content.key, reason=reason or "", again=False)
    return ClassifiedContent(suffix=content.key.suffix, record=record, sketch=sketch)


def parted(
    found: Record | tuple[Record, Sketch | None],
) -> tuple[Record, Sketch | None]:
    """Return a record and its sketch, of a classifier that may make none."""
    return (found, None) if isinstance(found, Record) else found


def take_standard_output() -> BinaryIO:
    """Keep the pipe for frames; a stray `print` goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _send(
    answers: BinaryIO, message: WorkerReady | UrgentBegun | ContentAnswered
) -> None:
    data = memoryview(frame(encode(message)))
    while data:
        data = data[answers.write(data) :]


def end_with_parent() -> None:
    """Let the system end this process with its parent, whatever it is busy with.

    Elsewhere than on Linux an orphan that holds the interpreter in C code ends by the
    clock of `_answer_batch`; any other one by the end of its standard input.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 -- needed here alone

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def lower_priority() -> None:
    """Let what the user does go first."""
    if sys.platform == "win32":
        import psutil  # noqa: PLC0415 -- needed here alone

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(5)


def limit_memory(megabytes: int) -> None:
    """Make one content that eats memory fail here instead of troubling the machine.

    Where the system has no such limit, the worker actor looks at the process's size.
    """
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 -- POSIX has it

        limit = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main(sys.argv[1:])
