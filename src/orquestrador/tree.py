"""The supervision tree: settings in, child specs out (DESIGN.md, section 3).

orquestrador            one for one, 10 restarts in 60 s
├── library             rest for one, 5 in 60 s
│   ├── catalog
│   ├── workers         one for one: worker-1, worker-2 …
│   ├── classifier
│   └── watcher         only where changes are followed
├── services            one for one, 5 in 60 s
│   ├── notifier
│   ├── monitor
│   ├── backup
│   ├── keeper
│   ├── organizer
│   ├── report
│   └── the user's own
└── interfaces          one for one, with longer and longer pauses; only where asked
    ├── control
    ├── inspector
    └── dashboard
"""

import contextlib
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pykka import ActorDeadError

from orquestrador.actors import (
    BackupActor,
    CatalogActor,
    ClassifierActor,
    ControlActor,
    ControlPlace,
    DashboardActor,
    DashboardPlace,
    InlineWorkerActor,
    KeeperActor,
    KeeperPlace,
    MonitorActor,
    NotifierActor,
    OrganizerActor,
    ReportActor,
    ReportPlace,
    RunOrders,
    RunSettings,
    WatcherActor,
    WorkerActor,
    WorkerLimits,
)
from orquestrador.config import OrchestratorSettings
from orquestrador.library import Selection
from orquestrador.messages.backup import SaveClassified, SnapshotFinished
from orquestrador.messages.run import (
    ClassifyLibrary,
    FilesClassified,
    RunFinished,
    RunHindered,
    RunLost,
    RunOrder,
)
from orquestrador.messages.storing import BeginRun, EndRun, RunEnded
from orquestrador.messages.watching import OpenWatch
from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    Backoff,
    ChildSpec,
    DeadLetter,
    RequestFailed,
    Strategy,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.remote import Inspector
from orquestrador.watching import Excludes, WatchPlan
from orquestrador.words import Words

CLASSIFY = "orquestrador.classification:classify"
"""What worker processes run."""

PAGE = "orquestrador.interface.web.server:serve"
"""What serves the page; by name, because it stands above the tree."""

_PERIOD_S = 60.0
_STUCK_AFTER_S = 300.0
"""A slice of work takes milliseconds; a slow network drive may hold up one file."""

_EXCLUDED_FOLDERS = frozenset({".git", ".orquestrador"})


@dataclass(frozen=True, kw_only=True)
class TreePlan:
    """What a tree is made for."""

    library: Path
    state: Path
    settings: OrchestratorSettings
    words: Words
    """The language of reports."""

    watch: RunOrder | None = None
    """The run that brings the catalog up to date before changes are followed; None:
    they are not followed."""

    monitor: bool = True
    """Whether the monitor samples at its interval; it answers in any case."""

    classify: str = CLASSIFY
    """`module:function` that classifies one content."""

    classifier: str
    """The version that its records carry."""

    extra: tuple[ChildSpec, ...] = ()
    control: ControlPlace | None = None
    """Where other programs reach the system; None: nowhere."""

    dashboard: DashboardPlace | None = None
    """What a browser is shown; None: nothing is served."""


def flags() -> SupervisorFlags:
    """Return how the topmost supervisor treats its children."""
    return SupervisorFlags(
        strategy=Strategy.ONE_FOR_ONE, intensity=10, period_s=_PERIOD_S
    )


def children(plan: TreePlan) -> list[ChildSpec]:
    """Return the topmost supervisor's children, in the order of their start."""
    specs = [
        _supervisor("library", Strategy.REST_FOR_ONE, 5, _library(plan)),
        _supervisor("services", Strategy.ONE_FOR_ONE, 5, _services(plan)),
    ]
    interfaces = _interfaces(plan)
    if interfaces:
        specs.append(_supervisor("interfaces", Strategy.ONE_FOR_ONE, 10, interfaces))
    return specs


def connect(system: ActorSystem) -> None:
    """Let the services hear the events that start their work."""
    tell_backup, tell_report, tell_classifier = (
        partial(_tell, system.ref(name)) for name in ("backup", "report", "classifier")
    )
    system.events.subscribe(RunFinished, tell_backup)
    system.events.subscribe(RunFinished, tell_report)
    system.events.subscribe(SnapshotFinished, tell_report)
    tell_keeper = partial(_tell, system.ref("keeper"))
    system.events.subscribe(SnapshotFinished, tell_keeper)
    system.events.subscribe(SnapshotFinished, partial(_tell, system.ref("organizer")))

    def tell_save(event: FilesClassified) -> None:
        # A run, which has a token, ends with a snapshot of its own.
        if not event.token:
            tell_keeper(SaveClassified())

    def hinder(letter: DeadLetter) -> None:
        name = getattr(letter.receiver, "name", "")
        if letter.error is not None and _works_on_runs(name):
            tell_classifier(RunHindered(reason=lost_work(letter)))

    def tell_loss(letter: DeadLetter) -> None:
        token = token_of(letter.message)
        if letter.error is not None and token is not None:
            system.events.publish(RunLost(token=token, reason=lost_work(letter)))

    system.events.subscribe(FilesClassified, tell_save)
    system.events.subscribe(DeadLetter, hinder)
    system.events.subscribe(DeadLetter, tell_loss)


def watch(system: ActorSystem) -> None:
    """Let the watcher begin: everybody is there who hears of its first run."""
    _tell(system.ref("watcher"), OpenWatch())


def _tell(ref: ActorRef[Any], message: object) -> None:
    # One that has stopped by now has made a dead letter of it.
    with contextlib.suppress(ActorDeadError):
        ref.tell(message)


def lost_work(letter: DeadLetter) -> str:
    """Return in one line which actor could not handle what, and why."""
    actor = getattr(letter.receiver, "name", "")
    message = type(letter.message).__name__
    error = letter.error
    return f"actor {actor!r} failed on {message}: {type(error).__name__}: {error}"


def token_of(message: object) -> str | None:
    """Return the token of the run that a message is about; None if of none."""
    match message:
        case ClassifyLibrary(order=order) | BeginRun(order=order):
            return order.token
        case EndRun(finished=finished) | RunEnded(finished=finished):
            return finished.token
        case RequestFailed(request=request):
            return token_of(request)
        case _:
            token: str | None = getattr(message, "token", None)
            return token


def _works_on_runs(name: str) -> bool:
    return name in {"catalog", "classifier"} or name.startswith("worker-")


def _supervisor(
    name: str, strategy: Strategy, intensity: int, specs: list[ChildSpec]
) -> ChildSpec:
    limits = SupervisorFlags(strategy=strategy, intensity=intensity, period_s=_PERIOD_S)
    return ChildSpec(id=name, actor=Supervisor, args=(limits, specs))


def _library(plan: TreePlan) -> list[ChildSpec]:
    workers = _workers(plan)
    names = tuple(spec.id for spec in workers)
    watcher = [] if plan.watch is None else [_watcher(plan, plan.watch)]
    return [
        ChildSpec(
            id="catalog",
            actor=CatalogActor,
            args=(plan.state / "catalog.sqlite3",),
            redeliveries=1,
            shutdown_s=1.5,
        ),
        # Each may fail once to start its process before the pool has failed.
        _supervisor("workers", Strategy.ONE_FOR_ONE, 5 + len(workers), workers),
        ChildSpec(
            id="classifier",
            actor=ClassifierActor,
            args=(_run_settings(plan), names, plan.classifier),
            redeliveries=1,
            shutdown_s=0.5,
            stuck_after_s=_STUCK_AFTER_S,
        ),
        *watcher,
    ]


def excludes(library: Path, state: Path, settings: OrchestratorSettings) -> Excludes:
    """Return what is not followed when a library is watched."""
    return Excludes(library, state, _selection(settings), settings.watch.exclude)


def _watcher(plan: TreePlan, first: RunOrder) -> ChildSpec:
    settings = plan.settings.watch
    watched = WatchPlan(
        library=plan.library,
        state=plan.state,
        excludes=excludes(plan.library, plan.state, plan.settings),
        observer=settings.observer,
        poll_s=settings.poll_s,
    )
    return ChildSpec(
        id="watcher",
        actor=WatcherActor,
        args=(watched, settings, RunOrders(first)),
        redeliveries=1,
        shutdown_s=1.0,
        stuck_after_s=_STUCK_AFTER_S,
    )


def _interfaces(plan: TreePlan) -> list[ChildSpec]:
    specs: list[ChildSpec] = []
    if plan.control is not None:
        specs += [_control(plan.control), _inspector()]
    if plan.dashboard is not None:
        specs.append(_dashboard(plan.dashboard))
    return specs


def _dashboard(place: DashboardPlace) -> ChildSpec:
    return ChildSpec(
        id="dashboard",
        actor=DashboardActor,
        args=(place,),
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=2.0,
    )


def _control(place: ControlPlace) -> ChildSpec:
    return ChildSpec(
        id="control",
        actor=ControlActor,
        args=(place,),
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=1.0,
    )


def _inspector() -> ChildSpec:
    return ChildSpec(
        id="inspector",
        actor=Inspector,
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=1.0,
    )


def _run_settings(plan: TreePlan) -> RunSettings:
    settings = plan.settings.classification
    return RunSettings(
        library=plan.library,
        state=plan.state,
        selection=_selection(plan.settings),
        max_bytes=int(settings.max_file_mb * 1e6),
        batch_bytes=settings.batch_bytes,
        level=settings.level,
    )


def _selection(settings: OrchestratorSettings) -> Selection:
    return Selection(
        sources=frozenset(settings.classification.suffixes),
        sniffed=frozenset(settings.classification.sniffed_suffixes),
        counted=frozenset(settings.classification.unread_suffixes),
        excluded_folders=_EXCLUDED_FOLDERS,
    )


def _workers(plan: TreePlan) -> list[ChildSpec]:
    settings = plan.settings.classification
    if settings.engine == "inline":
        return [
            ChildSpec(
                id="worker-1",
                actor=InlineWorkerActor,
                args=("worker-1", plan.classify),
                redeliveries=1,
                shutdown_s=0.5,
            )
        ]
    limits = WorkerLimits(
        function=plan.classify,
        memory_mb=settings.worker_memory_mb,
        content_limit_s=settings.content_limit_s,
    )
    return [
        ChildSpec(
            id=f"worker-{number}",
            actor=WorkerActor,
            args=(f"worker-{number}", limits),
            redeliveries=1,
            shutdown_s=0.5,
        )
        for number in range(1, settings.worker_count() + 1)
    ]


def _services(plan: TreePlan) -> list[ChildSpec]:
    settings = plan.settings
    interval_s = (
        settings.monitor.interval_s
        if plan.monitor and settings.monitor.enabled
        else None
    )
    keeping = KeeperPlace(
        library=plan.library,
        state=plan.state,
        settings=settings.backup,
        quiet=settings.quiet,
    )
    place = ReportPlace(plan.library, plan.state, settings.report.formats, plan.words)
    return [
        ChildSpec(
            id="notifier",
            actor=NotifierActor,
            args=(settings.alerts, plan.words),
            redeliveries=1,
            shutdown_s=0.5,
        ),
        ChildSpec(
            id="monitor",
            actor=MonitorActor,
            args=(
                plan.state,
                interval_s,
                settings.alerts,
                time.time(),
                settings.backup,
            ),
            redeliveries=1,
            shutdown_s=0.5,
        ),
        ChildSpec(
            id="backup",
            actor=BackupActor,
            args=(plan.library, plan.state, settings.backup),
            redeliveries=1,
            shutdown_s=1.0,
        ),
        ChildSpec(
            id="keeper",
            actor=KeeperActor,
            args=(keeping,),
            redeliveries=1,
            # What was taken by the run that ends here may just be on its way.
            shutdown_s=10.0 if settings.backup.remote else 1.0,
        ),
        ChildSpec(
            id="organizer",
            actor=OrganizerActor,
            args=(plan.library, plan.state),
            redeliveries=1,
            shutdown_s=1.0,
        ),
        ChildSpec(
            id="report",
            actor=ReportActor,
            args=(place, settings.report.interval_s, settings.report.schedule),
            redeliveries=1,
            shutdown_s=1.0,
        ),
        *plan.extra,
    ]
