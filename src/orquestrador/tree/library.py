"""The branch `library`: what brings a library into its catalog."""

from pathlib import Path

from orquestrador.actors import (
    CatalogActor,
    ClassifierActor,
    InlineWorkerActor,
    RayPlace,
    RayWorkerActor,
    RunOrders,
    RunSettings,
    WatcherActor,
    WorkerActor,
    WorkerLimits,
)
from orquestrador.config import OrchestratorSettings
from orquestrador.library import Selection
from orquestrador.messages.run import RunOrder
from orquestrador.ray_cluster import Task
from orquestrador.supervisor import ChildSpec, Strategy
from orquestrador.tree.branch import branch
from orquestrador.tree.plan import TreePlan
from orquestrador.watching import Excludes, WatchPlan

_STUCK_AFTER_S = 300.0
"""A slice of work takes milliseconds; a slow network drive may hold up one file."""

_EXCLUDED_FOLDERS = frozenset({".git", ".orquestrador"})


def library_children(plan: TreePlan) -> list[ChildSpec]:
    """Return its children: a later one depends on the earlier ones."""
    workers = _workers(plan)
    names = tuple(spec.id for spec in workers)
    watcher = [] if plan.watch is None else [_watcher(plan, plan.watch)]
    return [
        ChildSpec(
            id="catalog",
            actor=CatalogActor,
            args=(plan.state / "catalog.sqlite3", plan.profile),
            redeliveries=1,
            shutdown_s=1.5,
        ),
        # Each may fail once to start its process before the pool has failed.
        branch("workers", Strategy.ONE_FOR_ONE, 5 + len(workers), workers),
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
        args=(watched, settings, RunOrders(first), plan.settings.quiet),
        redeliveries=1,
        shutdown_s=1.0,
        stuck_after_s=_STUCK_AFTER_S,
    )


def _workers(plan: TreePlan) -> list[ChildSpec]:
    settings = plan.settings.classification
    if settings.engine == "inline":
        return [
            ChildSpec(
                id="worker-1",
                actor=InlineWorkerActor,
                args=("worker-1", plan.classify, plan.profile, plan.own),
                redeliveries=1,
                shutdown_s=0.5,
            )
        ]
    numbers = range(1, settings.worker_count() + 1)
    if settings.engine == "ray":
        task = Task(
            function=plan.classify,
            profile=plan.profile,
            own=plan.own,
            content_limit_s=settings.content_limit_s,
            classifier=plan.classifier,
        )
        place = RayPlace(settings.ray_address, len(numbers))
        return [
            ChildSpec(
                id=f"worker-{number}",
                actor=RayWorkerActor,
                args=(f"worker-{number}", task, place),
                redeliveries=1,
                shutdown_s=2.0,
            )
            for number in numbers
        ]
    limits = WorkerLimits(
        function=plan.classify,
        memory_mb=settings.worker_memory_mb,
        content_limit_s=settings.content_limit_s,
        profile=plan.profile,
        own=plan.own,
    )
    return [
        ChildSpec(
            id=f"worker-{number}",
            actor=WorkerActor,
            args=(f"worker-{number}", limits),
            redeliveries=1,
            shutdown_s=0.5,
        )
        for number in numbers
    ]


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
        archives=frozenset({".zip"} if settings.classification.archives else ()),
    )
