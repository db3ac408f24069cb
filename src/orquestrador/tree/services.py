"""The branch `services`: what watches over the work and keeps its results."""

import time

from orquestrador.actors import (
    BackupActor,
    KeeperActor,
    KeeperPlace,
    MonitorActor,
    NotifierActor,
    OrganizerActor,
    ReportActor,
    ReportPlace,
)
from orquestrador.supervisor import ChildSpec
from orquestrador.tree.plan import TreePlan


def service_children(plan: TreePlan) -> list[ChildSpec]:
    """Return its children, the user's own last; none depends on another."""
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
    place = ReportPlace(
        plan.library,
        plan.state,
        settings.report.formats,
        plan.words,
        kinds=settings.report.kinds,
        spreadsheet=settings.report.spreadsheet,
    )
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
