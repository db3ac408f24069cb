"""How an error crosses to another process: by its kind, and in words."""

import pykka

from orquestrador.errors import (
    MailboxFullError,
    MessageError,
    RemoteActorError,
    RequestRefusedError,
    RestartingError,
    UnacceptedMessageError,
)
from orquestrador.supervisor.remote import wire


def kind_of(error: BaseException) -> wire.FailureKind:
    """Return what the other side needs to know to make the same error."""
    match error:
        case pykka.ActorDeadError():
            return "dead"
        case pykka.Timeout():
            return "timeout"
        case RequestRefusedError() | MessageError() | UnacceptedMessageError():
            return "refused"
        case MailboxFullError():
            return "full"
        case RestartingError():
            return "restarting"
        case _:
            return "raised"


def error_of(failed: wire.Failed) -> BaseException:
    """Return the error that stands here for one of the other side's."""
    match failed.kind:
        case "dead":
            return pykka.ActorDeadError(failed.words)
        case "timeout":
            return pykka.Timeout(failed.words)
        case "refused":
            return RequestRefusedError(failed.words)
        case "full":
            return MailboxFullError(failed.words)
        case "restarting":
            return RestartingError(failed.words)
        case "raised":
            return RemoteActorError(failed.error, failed.words)
