"""Classifies a large input into a folder of parts: shards under supervision."""

import contextlib
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from filelock import FileLock, Timeout

from orquestrador import tree
from orquestrador.actors.shards import ShardsActor, ShardsPlace
from orquestrador.classification.usable import usable_own_rules
from orquestrador.classification.version import classifier_version
from orquestrador.config import OrchestratorSettings, load_settings
from orquestrador.config.profiles import chosen_profile, own_profile
from orquestrador.errors import LibraryInUseError, RunFailedError
from orquestrador.messages import Message
from orquestrador.messages.run import RunOrder
from orquestrador.messages.shards import ShardProgram
from orquestrador.run_handle import FollowedRun
from orquestrador.shards.places import absolute, is_uri
from orquestrador.shards.planning import ShardOptions, plan
from orquestrador.supervisor import ActorSystem, ChildSpec, Subscription, Supervisor

M = TypeVar("M", bound=Message)

_LOCK = ".lock"
_STOP_S = 5.0
_STUCK_AFTER_S = 3600.0
"""Engine `inline` works on a whole shard at a time."""


class ShardsResult(Message):
    """What is in the output folder now."""

    to: str
    shards: int
    files: int
    """Files or rows of the input that were looked at, by this run or an earlier one."""

    classified: int
    """Contents that this run classified."""

    problems: int
    """Files that it could not read or classify; each has its record."""

    duration_s: float


class Sharding:
    """A large input under classification; begun, or gone on with, by `with`.

    Each shard of the input becomes a part of the output folder, written whole. After
    the end of this program, of a worker or of a node, whoever begins anew with the same
    input and folder goes on; the parts are the same as without it, byte for byte.

    Args:
        inputs: folders, Parquet files or folders of them, or URIs of pyarrow's.
        to: folder or URI of the output; new, or begun with the same arguments.
        options: how they are read and written.
        settings: as the orchestrator's: the engine, the rules, which files.
        library: the folder from which names of files in the settings count.
        classify: `module:function` that classifies one content.

    Raises:
        DatasetError: if an input or the folder cannot be used; says why.
        LibraryInUseError: if another process of this machine writes into the folder.
        SettingsError: if the settings cannot be used.

    """

    def __init__(  # noqa: PLR0913 -- what a script may choose
        self,
        inputs: Sequence[str | os.PathLike[str]],
        to: str | os.PathLike[str],
        *,
        options: ShardOptions | None = None,
        settings: OrchestratorSettings | Mapping[str, Any] | None = None,
        library: Path | None = None,
        classify: str = tree.CLASSIFY,
    ) -> None:
        self._inputs = [os.fspath(each) for each in inputs]
        self._to = absolute(os.fspath(to))
        self._options = options or ShardOptions()
        self._library = (library or Path()).absolute()
        self._settings = _settings(self._library, settings)
        self._classify = classify
        self._system = ActorSystem()
        self._open = contextlib.ExitStack()
        self._top: Any = None
        self._shards = 0
        self.run = FollowedRun(self, RunOrder(token=uuid.uuid4().hex))
        """Tells what goes on; see `FollowedRun.events`."""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opening:
            opening.callback(self._stop)
            self._hold(opening)
            self._start()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def result(self, timeout: float | None = None) -> ShardsResult:
        """Wait for the end.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Raises:
            RunFailedError: if shards have no part; those that have one are kept.
            OperationTimeoutError: if it has not ended; it goes on.

        """
        finished = self.run.wait(timeout)
        if finished.problem is not None:
            raise RunFailedError(f"{finished.problem}; run it again to go on")
        return ShardsResult(
            to=self._to,
            shards=self._shards,
            files=finished.files,
            classified=finished.classified,
            problems=finished.problems,
            duration_s=finished.duration_s,
        )

    def subscribe(
        self, event: type[M], callback: Callable[[M], object]
    ) -> Subscription:
        """Call `callback` with every event of this type, on one thread of its own."""
        return self._system.events.subscribe(event, callback)

    def check(self) -> None:
        """Raise what ended the system, if it has ended.

        Raises:
            RunFailedError: with the actor's name and its error.

        """
        if self._top is not None and self._top.ended.is_set():
            raise RunFailedError(f"the system has ended: {self._top.ended.reason}")

    def _hold(self, opening: contextlib.ExitStack) -> None:
        """Keep other processes of this machine out of the folder."""
        if is_uri(self._to):
            return
        folder = Path(self._to)
        if not folder.exists():
            opening.callback(_remove_if_empty, folder)
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LibraryInUseError(
                f"another process writes into {self._to}: wait for its end"
            ) from None
        opening.callback(lock.release)

    def _start(self) -> None:
        settings = self._settings.classification
        profile = chosen_profile(settings, self._library)
        own = usable_own_rules(settings, self._library)
        version = classifier_version(profile, own)
        manifest = plan(
            self._inputs,
            self._to,
            self._options,
            settings,
            version,
        )
        self._shards = len(manifest.shards)
        place = ShardsPlace(
            to=self._to,
            token=self.run.order.token,
            program=ShardProgram(
                function=self._classify,
                profile="" if profile == own_profile() else profile.encoded(),
                own=own.encoded() if own else "",
                content_limit_s=settings.content_limit_s,
            ),
            engine=settings.engine,
            workers=settings.worker_count(),
            memory_mb=settings.worker_memory_mb,
            ray_address=settings.ray_address,
        )
        classifier = ChildSpec(
            id="classifier",
            actor=ShardsActor,
            args=(place,),
            shutdown_s=2.0,
            stuck_after_s=_STUCK_AFTER_S,
        )
        self._top = Supervisor.start(
            tree.flags(), [classifier], system=self._system, name="orquestrador"
        )

    def _stop(self) -> None:
        self._system.stop(_STOP_S)
        self._system.events.flush(timeout=_STOP_S)


def classify_shards(
    inputs: Sequence[str | os.PathLike[str]],
    to: str | os.PathLike[str],
    **options: Any,  # noqa: ANN401 -- Sharding's arguments
) -> ShardsResult:
    """Classify a large input into a folder of parts; see `Sharding`."""
    with Sharding(inputs, to, **options) as sharding:
        return sharding.result()


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder in which nothing was begun."""
    if {each.name for each in folder.iterdir()} <= {_LOCK}:
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()


def _settings(
    library: Path, settings: OrchestratorSettings | Mapping[str, Any] | None
) -> OrchestratorSettings:
    if isinstance(settings, OrchestratorSettings):
        return settings
    return load_settings(
        library, environment=os.environ, overrides=settings or {}
    ).settings
