"""The watcher in words: what watches, and whether the catalog is up to date."""

from typing import TYPE_CHECKING

from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _

if TYPE_CHECKING:
    from orquestrador.messages.watching import Degradation, WatcherState

_KINDS = {
    "native": N_("native"),
    "polling": N_("polling"),
    "none": N_("nothing at present"),
}
_DEGRADED = {
    "watches": N_("polled: the system allows too few watches"),
    "instances": N_("polled: the system allows too few watchers"),
    "observer": N_("the system's observer failed"),
    "away": N_("the library's folder is away"),
    "run": N_("the last comparison failed, and is tried again"),
    "store": N_("the catalog could not take it, and it is tried again"),
}


def parts(session: Session, state: "WatcherState") -> list[str]:
    """Return what there is to say of a watcher, briefly."""
    said = [_(_KINDS[state.kind])]
    if state.folders:
        said.append(_("{count} folders").format(count=session.number(state.folders)))
    if state.up_to_date:
        said.append(_("up to date"))
    elif state.pending:
        said.append(_("{count} wait").format(count=session.number(state.pending)))
    elif state.reconciling:
        said.append(_("compares the whole library"))
    return said + [_(_DEGRADED[each.code]) for each in state.degraded]


def remedy(degraded: "Degradation") -> str:
    """Return a shortcoming in full, with what mends it."""
    if degraded.remedy is None:
        return degraded.words
    return f"{degraded.words}: {degraded.remedy}"
