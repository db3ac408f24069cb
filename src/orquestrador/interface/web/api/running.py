"""How the system is now, and how its figures went."""

from typing import Annotated

import msgspec
from msgspec import Meta

from orquestrador.interface.web.api.endpoint import Endpoint, Nothing
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.interface.web.page import Status, status
from orquestrador.messages.monitor import GetHistory, MetricHistory


class ReadHistory(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Which metric's last hour is wanted."""

    metric: Annotated[str, Meta(min_length=1, max_length=120)]
    """Its name as Prometheus sees it."""

    subject: Annotated[str, Meta(max_length=120)] = ""
    """The actor, for a metric that each actor has."""

    seconds: Annotated[float, Meta(ge=1, le=3600)] = 3600.0
    """How far back."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/status",
            summary="Show how the system is: its figures, actors and alerts",
            answer=Status,
            call=_status,
        ),
        Endpoint(
            path="/metrics/history",
            summary="Show how one metric went",
            takes=ReadHistory,
            answer=MetricHistory,
            call=_history,
        ),
    )


def _status(library: PageLibrary, _nothing: Nothing) -> Status:
    return status(library.place, library.metrics(), library.run())


def _history(library: PageLibrary, wanted: ReadHistory) -> MetricHistory:
    return library.ask(
        "monitor",
        GetHistory(
            metric=wanted.metric, subject=wanted.subject, seconds=wanted.seconds
        ),
    )
