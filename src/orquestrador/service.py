"""What a running system lets the user's other programs say to it."""

from orquestrador.messages.backup import (
    RestoreFinished,
    RestoreInPlace,
    SnapshotFinished,
    TakeSnapshot,
    UndoRestore,
    VerifyFinished,
)
from orquestrador.messages.control import GetStatus, StopRequested, StopSystem
from orquestrador.messages.correcting import CorrectLabels, LabelsCorrected
from orquestrador.messages.monitor import (
    AcknowledgeAlert,
    AlertChanged,
    GetExposition,
    GetHistory,
    GetMetrics,
    MetricsSampled,
    SilenceAlert,
    TrySink,
)
from orquestrador.messages.organizing import (
    ApplyPlan,
    OrganizeFinished,
    OrganizeProgressed,
    UndoMoves,
)
from orquestrador.messages.report import ReportFinished, WriteReport
from orquestrador.messages.run import (
    ClassifyLibrary,
    FilesClassified,
    RunFinished,
    RunLost,
    RunProgressed,
    RunStarted,
)
from orquestrador.messages.watching import (
    AwaitStored,
    GetWatcherState,
    WatcherState,
)
from orquestrador.messages.web import GetPageLink
from orquestrador.supervisor import (
    ChildFailed,
    ChildStarted,
    ChildStopped,
    ChildStuck,
    SupervisorGaveUp,
    TraceRecord,
)
from orquestrador.supervisor.remote import (
    GetTree,
    Inspector,
    Served,
    Service,
    serve_supervisor,
)

APPLICATION = "orquestrador"
"""Names the runtime folder."""

TOP = "orquestrador"
"""Name of the topmost supervisor."""

SUPERVISORS = (TOP, "library", "workers", "services", "interfaces")
"""Names of all supervisors, from the top."""

SERVICE = Service(
    actors=(
        Served(actor="control", messages=(GetStatus, GetTree, StopSystem)),
        Served(actor="classifier", messages=(ClassifyLibrary,)),
        Served(actor="catalog", messages=(CorrectLabels,)),
        Served(actor="watcher", messages=(GetWatcherState, AwaitStored)),
        Served(actor="backup", messages=(TakeSnapshot, RestoreInPlace, UndoRestore)),
        Served(actor="organizer", messages=(ApplyPlan, UndoMoves)),
        Served(actor="report", messages=(WriteReport,)),
        Served(
            actor="monitor",
            messages=(
                GetMetrics,
                GetHistory,
                GetExposition,
                AcknowledgeAlert,
                SilenceAlert,
            ),
        ),
        Served(actor="notifier", messages=(TrySink,)),
        Served(actor="dashboard", messages=(GetPageLink,)),
        Served.of("inspector", Inspector),
        *map(serve_supervisor, SUPERVISORS),
    ),
    events=(
        RunStarted,
        RunProgressed,
        FilesClassified,
        RunFinished,
        RunLost,
        SnapshotFinished,
        RestoreFinished,
        VerifyFinished,
        OrganizeProgressed,
        OrganizeFinished,
        LabelsCorrected,
        ReportFinished,
        MetricsSampled,
        AlertChanged,
        WatcherState,
        StopRequested,
        ChildStarted,
        ChildFailed,
        ChildStopped,
        ChildStuck,
        SupervisorGaveUp,
        TraceRecord,
    ),
)
"""The same on both sides. Of the catalog only corrections: it has one writer."""
