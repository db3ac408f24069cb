"""The process of engine `processes`: shards come in as frames, answers go out.

`python -m orquestrador.shards.process MEMORY_MB` is started by the engine. Its first
frame says that it can work. It ends when its standard input ends.
"""

import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator

from orquestrador.messages.codec import encode, frame
from orquestrador.messages.work import WorkerReady
from orquestrador.shards.classifying import classify_encoded
from orquestrador.worker import (
    end_with_parent,
    frames,
    limit_memory,
    lower_priority,
    take_standard_output,
)

_ARROW_MB = 2048
"""Address space that pyarrow reserves and does not fill."""


def main(arguments: list[str]) -> None:
    """Work until standard input ends."""
    (memory_mb,) = arguments
    # Ctrl-C in the terminal reaches every process of it; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    lower_priority()
    answers = take_standard_output()
    limit_memory(int(memory_mb) + _ARROW_MB)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(frames(), tasks), daemon=True).start()
    answers.write(frame(encode(WorkerReady(pid=os.getpid(), classifier=""))))
    while True:
        answers.write(frame(classify_encoded(tasks.get())))


def _read(given: Iterator[bytes], tasks: "queue.SimpleQueue[bytes]") -> None:
    # A thread of its own: the parent's end is seen while a shard is worked on.
    for each in given:
        tasks.put(each)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
