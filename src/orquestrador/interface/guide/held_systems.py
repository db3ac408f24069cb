"""The systems that this process keeps, one a library, until its end."""

import atexit
import contextlib
import os
import threading
import weakref
from pathlib import Path

from orquestrador.errors import OrquestradorError
from orquestrador.interface.guide.held_system import HeldSystem
from orquestrador.interface.guide.parameters import Limit
from orquestrador.interface.guide.users import User

_EXIT_S = 10.0

_systems: dict[Path, HeldSystem] = {}
_systems_lock = threading.Lock()
_process = os.getpid()


def held_system(library: Path, user: User) -> HeldSystem:
    """Return the library's one held system of this process, for one more user.

    Args:
        library: absolute.
        user: who hears of it; it is kept until the last one is collected.

    """
    with _systems_lock:
        for each in [path for path, held in _systems.items() if not len(held.users)]:
            if _systems[each].status == "parado":
                del _systems[each]
        held = _systems.setdefault(library, HeldSystem(library))
        if user not in held.users:
            held.users.add(user)
            weakref.finalize(user, held.leave).atexit = False
    return held


def _stop_all() -> None:
    if os.getpid() != _process:
        return
    for held in list(_systems.values()):
        with contextlib.suppress(OrquestradorError):
            held.stop(Limit(_EXIT_S))


atexit.register(_stop_all)
