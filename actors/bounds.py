"""What an event names of something that may be long: an event has its limits."""

from orquestrador.messages.backup import RestoreResult

_NAMED_BYTES = 256 * 1024


def bounded(result: RestoreResult) -> RestoreResult:
    """Name only as many refused files as an event may hold."""
    room, named = _NAMED_BYTES, 0
    for each in result.refused:
        room -= len(each.path.encode()) + len(each.reason.encode())
        if room < 0:
            break
        named += 1
    return result.replace(
        refused=result.refused[:named], refused_more=len(result.refused) - named
    )
