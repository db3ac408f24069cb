"""Schedules: by interval ("every 6h") and by calendar ("weekdays 18:00").

A schedule is asked again and again whether something is due; it is, once, as soon as
a planned moment has passed since it was last done. So what was missed while the
computer was off is caught up once, and a clock that is set back or forward makes one
turn too many at most.
"""

import datetime as dt
import re
from typing import NamedTuple, Protocol

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {
    "daily": range(7),
    "weekdays": range(5),
    "weekends": range(5, 7),
}
_EVERY = re.compile(r"every ([1-9]\d{0,3})([mhd])")
_ON_DAYS = re.compile(r"([a-z,]+) ([01]\d|2[0-3]):([0-5]\d)")
_WEEK = 7


class Schedule(Protocol):
    """When something is due."""

    def is_due(self, last: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether it is due.

        Args:
            last: when it was last done, or first heard of; None: never.
            now: with a time zone.

        """
        ...

    def longest_gap_s(self) -> float:
        """Return the longest time between two planned moments, in seconds."""
        ...


class Every(NamedTuple):
    """At an interval."""

    seconds: float

    def is_due(self, last: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether the interval has passed, or the clock was set back."""
        if last is None:
            return True
        return not 0 <= (now - last).total_seconds() < self.seconds

    def longest_gap_s(self) -> float:
        """Return the interval."""
        return self.seconds


class OnDays(NamedTuple):
    """At a time of some days of the week, as the clock on the wall shows it.

    Where clocks are set forward over that time, the moment is the one that the time
    before would have made of it; where they are set back, the first of both counts.
    """

    days: frozenset[int]
    """0 is Monday."""

    at: dt.time
    zone: dt.tzinfo | None = None
    """The system's own if None."""

    def is_due(self, last: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether a planned moment has passed since the last time."""
        if last is None or last > now:
            return last is not None
        return last < self._latest(now)

    def longest_gap_s(self) -> float:
        """Return the longest time between two of its days."""
        ordered = sorted(self.days)
        following = [*ordered[1:], ordered[0] + _WEEK]
        days = max(
            after - before for before, after in zip(ordered, following, strict=True)
        )
        return days * _UNITS["d"]

    def _latest(self, now: dt.datetime) -> dt.datetime:
        """Return the last planned moment up to now."""
        today = now.astimezone(self.zone).date()
        for back in range(_WEEK + 1):
            day = today - dt.timedelta(days=back)
            if day.weekday() in self.days:
                moment = self._moment(day)
                if moment <= now:
                    return moment
        raise AssertionError("every week has one of its days")

    def _moment(self, day: dt.date) -> dt.datetime:
        wall = dt.datetime.combine(day, self.at, self.zone)
        return wall.astimezone(dt.UTC)


def parse_schedule(text: str, zone: dt.tzinfo | None = None) -> Schedule | None:
    """Return the schedule that a setting says; None for the empty text.

    Args:
        text: as the settings allow it, such as `every 6h` or `mon,thu 07:30`.
        zone: of the calendar; the system's own if None.

    Raises:
        ValueError: if it is none.

    """
    if not text:
        return None
    if (found := _EVERY.fullmatch(text)) is not None:
        return Every(int(found[1]) * _UNITS[found[2]])
    found = _ON_DAYS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no schedule")
    names, hour, minute = found.groups()
    days = frozenset(_GROUPS.get(names) or map(_DAYS.index, names.split(",")))
    return OnDays(days, dt.time(int(hour), int(minute)), zone)
