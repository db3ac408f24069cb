"""Classification as tasks of a Ray cluster: the extra `orquestrador[ray]`.

A task takes some contents and returns what became of each; it is the same pure function
that a worker process runs. Nothing here is imported before engine `ray` is used.

A cluster that is started here listens on loopback alone and without Ray's dashboard;
one that the user names by its address is taken as it is.
"""

import faulthandler
import functools
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from orquestrador.errors import OrquestradorError
from orquestrador.messages.codec import Decoder, encode
from orquestrador.messages.work import ClassifyBatch, FailedContent, PieceClassified
from orquestrador.worker import Classify, load, parted, settled

if TYPE_CHECKING:
    from ray import RemoteFunction

    from orquestrador.messages.catalog import ClassifiedContent

_OBJECTS_MB = 256
"""Of a cluster started here, for arguments and answers under way."""

_ANSWER_S = 10.0

_lock = threading.Lock()
_users = 0
_started_here = False


class RayMissingError(OrquestradorError):
    """Engine `ray` was asked for, and Ray is not installed."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a node has to know beside the contents."""

    function: str
    """`module:function` of the classifier."""

    profile: str
    """The prop firm's that judges, encoded; empty for the default."""

    own: str
    """The user's rules, encoded; empty for none."""

    content_limit_s: float
    """A content that takes longer ends the node's worker; seconds."""

    classifier: str
    """The version that the records have to carry: nodes may have others installed."""


@dataclass(frozen=True)
class Lost:
    """A task without an answer."""

    cause: Literal["worker", "node", "system"]
    """What ended it: its worker's process, perhaps by a content; the whole node; or
    something that would end every task."""

    reason: str


def join(address: str, cpus: int) -> None:
    """Be part of a cluster until `leave`; who comes later shares it.

    Args:
        address: as Ray writes it, such as "ray.example:6379"; "" starts a local one.
        cpus: tasks at a time of a local one.

    Raises:
        RayMissingError: Ray is not installed.
        ConnectionError: nobody answers at the address.

    """
    global _users, _started_here  # noqa: PLW0603 -- Ray itself is one for the process
    with _lock:
        _prepare(local=not address)
        import ray  # noqa: PLC0415 -- an extra

        if not ray.is_initialized():
            _connect(address, cpus)
            _started_here = True
        _users += 1


def leave() -> None:
    """Leave the cluster; the last ends a local one. A cluster of others goes on."""
    global _users, _started_here  # noqa: PLW0603 -- likewise
    with _lock:
        _users -= 1
        if not _users and _started_here:
            import ray  # noqa: PLC0415 -- an extra

            _started_here = False
            ray.shutdown()


def submit(
    batch: ClassifyBatch, task: Task, on_end: Callable[[], None]
) -> Future[bytes]:
    """Begin to classify contents; `on_end` is called in a thread of Ray's.

    Tried once: whether a content or its node was to blame is the caller's to decide.
    """
    found = _remote().remote(encode(batch), task).future()
    found.add_done_callback(lambda _: on_end())
    return found


def outcome(future: Future[bytes]) -> PieceClassified | Lost:
    """Return what became of a task that has ended."""
    found = _answer(future)
    return found if isinstance(found, Lost) else Decoder(PieceClassified).decode(found)


def call(function: str, given: bytes, on_end: Callable[[bytes | Lost], None]) -> None:
    """Have `module:function` called with bytes on some node, once.

    Args:
        function: takes bytes and returns bytes; every node must have it.
        given: its argument.
        on_end: called with what it returned, in a thread of Ray's.

    """
    found = _remote_call().remote(function, given).future()
    found.add_done_callback(lambda future: on_end(_answer(future)))


def _answer(future: Future[bytes]) -> bytes | Lost:
    from ray import exceptions as errors  # noqa: PLC0415 -- an extra

    try:
        return future.result()
    except (errors.WorkerCrashedError, errors.OutOfMemoryError) as error:
        return Lost("worker", _first_line(error))
    except (errors.NodeDiedError, errors.ObjectLostError) as error:
        return Lost("node", _first_line(error))
    except Exception as error:  # noqa: BLE001 -- whatever it is, every task would end so
        return Lost("system", _first_line(error))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # Of an exception on a node the last line says what it was.
    said = lines[-1] if type(error).__name__ == "RayTaskError" else (lines or [""])[0]
    return f"{type(error).__name__}: {said}"[:500]


def _prepare(*, local: bool) -> None:
    # Read when Ray is imported; without them it reports its use to its makers, and a
    # cluster of one machine listens on every address.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if local:
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import_module("ray")
    except ImportError as error:
        raise RayMissingError(
            "engine ray needs Ray: pip install 'orquestrador[ray]'"
        ) from error


def _connect(address: str, cpus: int) -> None:
    import ray  # noqa: PLC0415 -- an extra

    # Its notes of being started are not news to whoever classifies files.
    logging.getLogger("ray").setLevel(logging.ERROR)
    if address:
        _require_somebody(address)
        ray.init(address, log_to_driver=False, configure_logging=False)
        return
    ray.init(
        "local",
        num_cpus=cpus,
        include_dashboard=False,
        object_store_memory=_OBJECTS_MB * 1_000_000,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        configure_logging=False,
    )


def _require_somebody(address: str) -> None:
    """Say at once that nobody is there: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S).close()
    except OSError as error:
        raise ConnectionError(
            f"no Ray cluster answers at {address}: {error.strerror or error}"
        ) from error


@functools.cache
def _remote() -> "RemoteFunction":
    import ray  # noqa: PLC0415 -- an extra

    return ray.remote(num_cpus=1, max_retries=0)(classify_piece)


@functools.cache
def _remote_call() -> "RemoteFunction":
    import ray  # noqa: PLC0415 -- an extra

    return ray.remote(num_cpus=1, max_retries=0)(call_here)


def call_here(function: str, given: bytes) -> bytes:
    """Call a function on a node; see `call`."""
    module, _, name = function.partition(":")
    answer: bytes = getattr(import_module(module), name)(given)
    return answer


def classify_piece(given: bytes, task: Task) -> bytes:
    """Classify on a node; see `submit`."""
    classify = _loaded(task)
    batch = Decoder(ClassifyBatch).decode(given)
    classified: list[ClassifiedContent] = []
    failed: list[FailedContent] = []
    for content in batch.contents:
        # Needs neither the interpreter nor the driver: it ends what hangs in C code.
        faulthandler.dump_traceback_later(task.content_limit_s, exit=True)
        answer = settled(content, batch.level, classify)
        faulthandler.cancel_dump_traceback_later()
        if isinstance(answer, FailedContent):
            failed.append(answer)
        else:
            classified.append(answer)
    return encode(PieceClassified(classified=tuple(classified), failed=tuple(failed)))


@functools.lru_cache(maxsize=4)
def _loaded(task: Task) -> Classify:
    classify = load(task.function, task.profile, task.own)
    installed = parted(classify(b"", ""))[0].classifier
    if installed != task.classifier:
        raise RuntimeError(
            f"a node classifies by version {installed}, and {task.classifier} is "
            "wanted: install the same orquestrador there"
        )
    return classify
