"""How a running system is tended: its work paused, its alerts noted."""

from typing import Annotated

import msgspec
from msgspec import Meta

from orquestrador.interface.web.api.endpoint import ApiError, Endpoint
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.messages.monitor import (
    AcknowledgeAlert,
    AlertNoted,
    AlertState,
    SilenceAlert,
)

MOST_SILENCE_S = 30 * 86_400.0

Name = Annotated[str, Meta(max_length=200)]


class Pause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the classifier's work wait, or go on."""

    paused: bool


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands now."""

    paused: bool


class Acknowledge(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Say that somebody knows of an alert, until it ends."""

    rule: Name
    subject: Name = ""


class Silence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell nobody of an alert for a while."""

    rule: Name
    subject: Name = ""
    seconds: Annotated[float, Meta(ge=0, le=MOST_SILENCE_S)]
    """From now on; 0 ends an earlier silence."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/pause",
            summary="Let the classifier's work wait, or go on",
            method="POST",
            takes=Pause,
            answer=Paused,
            call=_pause,
        ),
        Endpoint(
            path="/alerts/acknowledge",
            summary="Say that somebody knows of an alert",
            method="POST",
            takes=Acknowledge,
            answer=AlertState,
            call=_acknowledge,
        ),
        Endpoint(
            path="/alerts/silence",
            summary="Tell nobody of an alert for a while",
            method="POST",
            takes=Silence,
            answer=AlertState,
            call=_silence,
        ),
    )


def _pause(library: PageLibrary, order: Pause) -> Paused:
    library.pause(paused=order.paused)
    library.figures.forget()
    return Paused(paused=order.paused)


def _acknowledge(library: PageLibrary, order: Acknowledge) -> AlertState:
    request = AcknowledgeAlert(rule=order.rule, subject=order.subject)
    return _noted(library, library.ask("monitor", request))


def _silence(library: PageLibrary, order: Silence) -> AlertState:
    request = SilenceAlert(
        rule=order.rule, subject=order.subject, seconds=order.seconds
    )
    return _noted(library, library.ask("monitor", request))


def _noted(library: PageLibrary, noted: AlertNoted) -> AlertState:
    if noted.alert is None:
        raise ApiError(404, "there is no such alert")
    library.figures.forget()
    return noted.alert
