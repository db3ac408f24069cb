"""The orchestrator's actors: one a file, thin; a message in, messages out."""

from orquestrador.actors.backup import BackupActor
from orquestrador.actors.catalog import CatalogActor
from orquestrador.actors.classifier import ClassifierActor
from orquestrador.actors.control import ControlActor, ControlPlace
from orquestrador.actors.dashboard import DashboardActor, DashboardPlace
from orquestrador.actors.inline_worker import InlineWorkerActor
from orquestrador.actors.keeper import KeeperActor, KeeperPlace
from orquestrador.actors.library_run import RunSettings
from orquestrador.actors.monitor import MonitorActor
from orquestrador.actors.notifier import NotifierActor
from orquestrador.actors.organizer import OrganizerActor
from orquestrador.actors.ray_worker import RayPlace, RayWorkerActor
from orquestrador.actors.report import ReportActor, ReportPlace
from orquestrador.actors.run_orders import RunOrders
from orquestrador.actors.watcher import WatcherActor
from orquestrador.actors.worker import WorkerActor, WorkerLimits

__all__ = [
    "BackupActor",
    "CatalogActor",
    "ClassifierActor",
    "ControlActor",
    "ControlPlace",
    "DashboardActor",
    "DashboardPlace",
    "InlineWorkerActor",
    "KeeperActor",
    "KeeperPlace",
    "MonitorActor",
    "NotifierActor",
    "OrganizerActor",
    "RayPlace",
    "RayWorkerActor",
    "ReportActor",
    "ReportPlace",
    "RunOrders",
    "RunSettings",
    "WatcherActor",
    "WorkerActor",
    "WorkerLimits",
]
