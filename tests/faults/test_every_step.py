"""Every step of what writes is a kill, a power cut and an error of the system.

`tests/faults/filesystem` has the layer that does it and what it models. Here a part of
the power cuts is drawn by a fixed seed; all of them, and more outcomes of each:

    python -m tests.faults.filesystem.campaign
"""

import sys

import pytest

from tests.faults.filesystem.trials import TRIALS, Dose, Ground, World
from tests.faults.filesystem.worlds import WORLDS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="folders cannot be synced there: another model"
)

# What the system refuses is told in one way, wherever it is: a part shows it.
DOSE = {how: Dose(most=8) for how in TRIALS} | {
    how: Dose(most=16, cuts=2) for how in ("kill", "power cut")
}


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    """Return a world as it was made once: each trial begins there."""
    world: type[World] = request.param
    return Ground(world(tmp_path_factory.mktemp("world")))


# Files of a program that was killed are closed by the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("how", TRIALS)
@pytest.mark.parametrize("ground", WORLDS.values(), ids=WORLDS, indirect=True)
def test_the_old_state_or_the_new_is_left(ground: Ground, how: str) -> None:
    assert len(ground.operations) >= 4, ground.operations
    TRIALS[how](ground, DOSE[how])
