"""When work in the background waits: on battery, and while others need the machine."""

from collections.abc import Callable
from typing import Literal

import psutil

Reason = Literal["battery", "load"]


class Quiet:
    """Says whether to wait.

    Args:
        on_battery: wait while the computer runs on battery.
        above_load_percent: wait while its processors are busier than this; 0: never.
        is_on_battery: asks the machine.
        load_percent: likewise: how busy it was since the last question.

    """

    def __init__(
        self,
        *,
        on_battery: bool,
        above_load_percent: float,
        is_on_battery: Callable[[], bool] | None = None,
        load_percent: Callable[[], float] | None = None,
    ) -> None:
        self._on_battery = on_battery
        self._above_load_percent = above_load_percent
        self._is_on_battery = is_on_battery or battery_drains
        self._load_percent = load_percent or _load_percent
        if above_load_percent:
            self._load_percent()  # The first question has no time to be about.

    def reason(self) -> Reason | None:
        """Return why to wait; None when nothing speaks against working."""
        limit = self._above_load_percent
        if limit and self._load_percent() > limit:
            return "load"
        if self._on_battery and self._is_on_battery():
            return "battery"
        return None


def battery_drains() -> bool:
    """Whether the computer runs on battery; not where nobody knows."""
    # Missing on systems for which it was never written.
    ask = getattr(psutil, "sensors_battery", None)
    try:
        found = None if ask is None else ask()
    except (OSError, RuntimeError, psutil.Error):
        return False
    return found is not None and found.power_plugged is False


def _load_percent() -> float:
    return psutil.cpu_percent(interval=None)
