"""Moments as people write them: dates, times, and how long ago.

The words are those of every language of the program at once: a script works
whatever the language of the screen.
"""

import datetime as dt
import re
import unicodedata
from typing import Literal

_UNITS = {
    "minute": ("m", "min", "minute", "minutes", "minuto", "minutos"),
    "hour": ("h", "hour", "hours", "hora", "horas"),
    "day": ("d", "day", "days", "dia", "dias"),
    "week": ("w", "week", "weeks", "sem", "semana", "semanas"),
}
_LENGTHS = {
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(weeks=1),
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words}
_AGO = re.compile(r"(?:ha )?(\d{1,6}) ?([a-z]+)(?: (?:ago|atras))?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_DAYS = {
    "today": 0,
    "hoje": 0,
    "yesterday": 1,
    "ontem": 1,
    "anteontem": 2,
}
_NOW = {"now", "agora"}

Edge = Literal["start", "end"]
"""Which moment of a day a date without a time means."""


def parse_moment(text: str, *, now: dt.datetime, edge: Edge) -> dt.datetime:
    """Return the moment that a person means.

    Args:
        text: an ISO 8601 date or time, a time of today (`18:00`), `today`,
            `yesterday`, `now`, or how long ago: `90m`, `2h`, `3d`, `1w`, `2 days
            ago`; the same in Portuguese (`ontem`, `há 2 dias`). A time without
            zone is local.
        now: with a time zone, which is the local one.
        edge: what a whole day stands for: its first moment or its last.

    Raises:
        ValueError: if it is none of these.

    """
    words = _plain(text)
    if words in _NOW:
        return now
    if words in _DAYS:
        day = now.date() - dt.timedelta(days=_DAYS[words])
        return _edge_of(day, now, edge)
    ago = _AGO.fullmatch(words)
    if ago is not None and ago[2] in _UNIT:
        try:
            return now - int(ago[1]) * _LENGTHS[_UNIT[ago[2]]]
        except OverflowError as error:
            raise ValueError(text) from error
    if _CLOCK.fullmatch(words):
        clock = dt.time.fromisoformat(words.rjust(len("00:00"), "0"))
        return _local(dt.datetime.combine(now.date(), clock), now)
    return _iso(text.strip(), now, edge)


def _iso(text: str, now: dt.datetime, edge: Edge) -> dt.datetime:
    try:
        return _edge_of(dt.date.fromisoformat(text), now, edge)
    except ValueError:
        found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo is not None else _local(found, now)


def _edge_of(day: dt.date, now: dt.datetime, edge: Edge) -> dt.datetime:
    clock = dt.time.min if edge == "start" else dt.time.max
    return _local(dt.datetime.combine(day, clock), now)


def _local(naive: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Give a time the zone of `now`, or else the local one on its own day."""
    # A fixed offset, as `astimezone()` gives it, knows no summer time.
    zone = None if isinstance(now.tzinfo, dt.timezone) else now.tzinfo
    if now.tzinfo is dt.UTC:
        zone = dt.UTC
    return naive.replace(tzinfo=zone) if zone is not None else naive.astimezone()


def _plain(text: str) -> str:
    """Return words without case, accents and surplus spaces."""
    apart = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(letters.split())
