"""When work in the background is due, and when it waits."""

from orquestrador.scheduling.agenda import Agenda
from orquestrador.scheduling.calendar import Every, OnDays, Schedule, parse_schedule
from orquestrador.scheduling.quiet import Quiet

__all__ = ["Agenda", "Every", "OnDays", "Quiet", "Schedule", "parse_schedule"]
