"""Which snapshots a policy keeps, and why.

As restic's `forget` decides: of each hour, day, week, month and year that has
snapshots the newest is kept, counted from the newest on, until the number asked for
is reached; where it is not reached, the oldest snapshot of all is kept too. A bucket
is one of the local time zone, unless another zone is given.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from orquestrador.messages import Snapshot

AHEAD = timedelta(minutes=5)
"""Clocks differ by a little; what is later than this is from the future."""

_Bucket = Callable[[datetime], tuple[int, ...]]
_BUCKETS: dict[str, _Bucket] = {
    "hourly": lambda time: (time.year, time.month, time.day, time.hour),
    "daily": lambda time: (time.year, time.month, time.day),
    "weekly": lambda time: tuple(time.isocalendar())[:2],
    "monthly": lambda time: (time.year, time.month),
    "yearly": lambda time: (time.year,),
}


class Keep(NamedTuple):
    """A policy: how many snapshots of each kind are kept."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0

    def is_empty(self) -> bool:
        """Whether it would keep nothing."""
        return not any(count > 0 for count in self)


class Decision(NamedTuple):
    """What becomes of one snapshot."""

    snapshot: Snapshot
    reasons: tuple[str, ...]
    """Why it is kept, such as `daily`; empty when it is removed."""


def decide(  # noqa: PLR0913 -- what speaks for keeping a snapshot
    snapshots: Sequence[Snapshot],
    keep: Keep,
    *,
    now: datetime,
    newest: str | None = None,
    needed: Collection[str] = (),
    zone: tzinfo | None = None,
) -> list[Decision]:
    """Decide about every snapshot.

    Args:
        snapshots: in any order.
        keep: the policy.
        now: with a time zone; a snapshot that is later is kept and counts for
            nothing, because a clock was wrong.
        newest: id of the snapshot that was written last, which is kept.
        needed: ids of snapshots that a restore needs to be undone; they are kept.
        zone: of the buckets; the system's if None.

    Returns:
        Decisions, newest snapshot first.

    """
    ordered = sorted(snapshots, key=lambda each: (each.time, each.id), reverse=True)
    reasons: dict[str, list[str]] = {each.id: [] for each in ordered}
    past = [each for each in ordered if each.time <= now + AHEAD]
    for each in ordered[: len(ordered) - len(past)]:
        reasons[each.id].append("from the future")
    kept_anyway = {each.id for each in past[:1]}
    if newest in reasons:
        kept_anyway.add(newest)
    for name in kept_anyway:
        reasons[name].append("newest")
    for name in needed:
        if name in reasons:
            reasons[name].append("needed by a restore")
    for each in past[: keep.last]:
        reasons[each.id].append("last")
    for name, bucket in _BUCKETS.items():
        for each in _newest_of_each(past, bucket, getattr(keep, name), zone):
            reasons[each.id].append(name)
    return [Decision(each, tuple(reasons[each.id])) for each in ordered]


def _newest_of_each(
    past: Sequence[Snapshot], bucket: _Bucket, count: int, zone: tzinfo | None
) -> list[Snapshot]:
    """Return the newest snapshot of each bucket, of the `count` newest buckets."""
    chosen: list[Snapshot] = []
    before: tuple[int, ...] | None = None
    for number, each in enumerate(past):
        if len(chosen) >= count:
            break
        found = bucket(each.time.astimezone(zone))
        if found != before or number == len(past) - 1:
            chosen.append(each)
            before = found
    return chosen
