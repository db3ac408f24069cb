"""Everything that is disturbed, by name."""

from tests.faults.filesystem.in_place import RestoreInPlace, UndoRestore
from tests.faults.filesystem.organizing import Apply, ApplyAndUndo, UndoApply
from tests.faults.filesystem.snapshots import (
    FirstCreate,
    Prune,
    Repair,
    SecondCreate,
    Verify,
)
from tests.faults.filesystem.state import Alerts, Compact, FirstUpdate, Init, Update
from tests.faults.filesystem.trials import World

WORLDS: dict[str, type[World]] = {
    "first snapshot": FirstCreate,
    "snapshot": SecondCreate,
    "prune": Prune,
    "verify": Verify,
    "repair": Repair,
    "restore in place": RestoreInPlace,
    "undo of a restore": UndoRestore,
    "apply": Apply,
    "apply, taken back": ApplyAndUndo,
    "undo of an apply": UndoApply,
    "first of the user's data": FirstUpdate,
    "the user's data": Update,
    "the user's data in short form": Compact,
    "alerts": Alerts,
    "init": Init,
}
