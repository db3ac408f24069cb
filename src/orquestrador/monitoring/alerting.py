"""Alerts: when each begins, fires and ends, whatever happens in between.

    ok -> pending (bad, but not for long enough) -> firing -> resolved -> pending ...

An alert ends only when its value is known to be good again. While nothing is known
it is undefined: it keeps its standing, begins no time and tells nobody anything.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orquestrador.messages.monitor import AlertState, Standing

MOST_ALERTS = 512
"""Above this, alerts about further subjects are not begun."""

_FORGET_S = 86_400.0
"""A firing alert about an actor that is gone is forgotten after this."""

_GAP_S = 120.0
"""An unknown stretch longer than this, and than `for_s`, lets a pending one anew."""

Values = Mapping[str, Mapping[str, float]]
"""Metric to subject to value. A metric that is missing, or NaN, is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is watched for."""

    name: str
    metric: str
    raise_at: float
    clear_at: float
    """Never equal to `raise_at`; which of them is higher says which side is bad."""

    for_s: float

    def raises(self, value: float) -> bool:
        """Return whether a value is bad enough to begin."""
        if self.raise_at > self.clear_at:
            return value >= self.raise_at
        return value <= self.raise_at

    def clears(self, value: float) -> bool:
        """Return whether a value is good enough to end."""
        if self.raise_at > self.clear_at:
            return value <= self.clear_at
        return value >= self.clear_at


_BAD = frozenset[Standing]({"pending", "firing"})

Key = tuple[str, str]


class AlertBook:
    """All alerts, by rule and subject."""

    def __init__(
        self, rules: Iterable[Rule], remembered: Iterable[AlertState] = ()
    ) -> None:
        """Go on where an earlier book ended.

        Args:
            rules: with different names.
            remembered: states of the earlier book; those of other rules are dropped.

        """
        self._rules = {rule.name: rule for rule in rules}
        self._states: dict[Key, AlertState] = {}
        for state in remembered:
            rule = self._rules.get(state.rule)
            if rule is not None and rule.metric == state.metric:
                # Its value is known only once it is read again.
                self._states[state.rule, state.subject] = _limits(rule, state).replace(
                    value=None
                )

    def evaluate(self, now: float, values: Values) -> list[AlertState]:
        """Take the values of one moment.

        Args:
            now: seconds since the epoch.
            values: what is known.

        Returns:
            The alerts that began to fire or have ended by this.

        """
        changed: list[AlertState] = []
        for rule in self._rules.values():
            known = {
                subject: value
                for subject, value in values.get(rule.metric, {}).items()
                if not math.isnan(value)
            }
            for subject in self._subjects(rule, known):
                key = (rule.name, subject)
                before = self._states.get(key)
                after = _step(rule, subject, before, known.get(subject), now)
                if after is None:
                    self._states.pop(key, None)
                    continue
                if _is_news(before, after):
                    # An end that comes in a silence is never told.
                    is_silent = after.silent_until > now
                    told = is_silent and after.standing == "resolved"
                    after = after.replace(told=told)
                    changed.append(after)
                self._states[key] = after
        return changed

    def mark_told(self, alert: AlertState) -> None:
        """Note that this begin or end of an alert was handed on."""
        key = (alert.rule, alert.subject)
        state = self._states.get(key)
        if state is not None and (state.standing, state.since) == (
            alert.standing,
            alert.since,
        ):
            self._states[key] = state.replace(told=True)

    def untold(self, now: float = math.inf) -> list[AlertState]:
        """Return the alerts whose last begin or end was not handed on.

        Args:
            now: those that are silent at this moment are left out.

        """
        return [
            state
            for state in self._states.values()
            if not state.told and state.silent_until <= now
        ]

    def acknowledge(self, rule: str, subject: str) -> AlertState | None:
        """Note that somebody knows of an alert that is more than ok.

        Returns:
            The alert as it is now; None when there is no such one.

        """
        state = self._states.get((rule, subject))
        if state is not None and state.standing in _BAD:
            state = self._states[rule, subject] = state.replace(acknowledged=True)
        return state

    def silence(self, rule: str, subject: str, until: float) -> AlertState | None:
        """Leave an alert out of `untold` until a moment; 0.0 ends that.

        Returns:
            The alert as it is now; None when there is no such one.

        """
        state = self._states.get((rule, subject))
        if state is not None:
            state = self._states[rule, subject] = state.replace(silent_until=until)
        return state

    def states(self) -> tuple[AlertState, ...]:
        """Return every alert, in the order of the rules."""
        return tuple(self._states.values())

    def _subjects(self, rule: Rule, known: Mapping[str, float]) -> list[str]:
        if known and "" not in known:
            # It stood for a rule that had nothing to be about.
            self._states.pop((rule.name, ""), None)
        before = [subject for name, subject in self._states if name == rule.name]
        room = MOST_ALERTS - len(self._states)
        new = [subject for subject in known if (rule.name, subject) not in self._states]
        subjects = before + new[: max(0, room)]
        # A rule is listed even if there is nothing that it could be about.
        return subjects or [""]


def _step(
    rule: Rule, subject: str, before: AlertState | None, value: float | None, now: float
) -> AlertState | None:
    """Return how an alert stands now; None when it is to be forgotten."""
    if before is None:
        before = AlertState(
            rule=rule.name,
            subject=subject,
            metric=rule.metric,
            standing="ok",
            value=None,
            since=now,
            seen_at=0.0,
            raise_at=rule.raise_at,
            clear_at=rule.clear_at,
            for_s=rule.for_s,
        )
    if value is None:
        return None if _is_over(before, now) else before.replace(value=None)
    known = before.replace(value=value, seen_at=now)
    standing = _next(rule, before, value, now)
    if standing is None:
        return known
    return known.replace(
        standing=standing,
        since=now,
        acknowledged=known.acknowledged and standing in _BAD,
    )


def _next(rule: Rule, before: AlertState, value: float, now: float) -> Standing | None:
    """Return what an alert begins to be now; None when it stays what it is."""
    bad, good = rule.raises(value), rule.clears(value)
    # It was not watched meanwhile, or the clock was set back.
    lost = now - before.seen_at > max(rule.for_s, _GAP_S) or before.since > now
    standing: Standing | None = None
    match before.standing:
        case "ok" | "resolved" if bad:
            standing = "pending" if rule.for_s > 0 else "firing"
        case "pending" if not bad:
            standing = "ok"
        case "pending" if lost:
            standing = "pending"
        case "pending" if now - before.since >= rule.for_s:
            standing = "firing"
        case "firing" if good:
            standing = "resolved"
        case _:
            pass
    return standing


def _is_over(state: AlertState, now: float) -> bool:
    """Return whether an alert is about something that is not there any more."""
    if not state.subject:
        return False
    return state.standing != "firing" or now - state.seen_at > _FORGET_S


def _is_news(before: AlertState | None, after: AlertState) -> bool:
    standing = "ok" if before is None else before.standing
    return standing != after.standing and after.standing in {"firing", "resolved"}


def _limits(rule: Rule, state: AlertState) -> AlertState:
    return state.replace(
        raise_at=rule.raise_at, clear_at=rule.clear_at, for_s=rule.for_s
    )
