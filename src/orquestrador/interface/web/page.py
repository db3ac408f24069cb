"""The page and the status document, of one sample."""

import datetime as dt
import importlib.resources
import os
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined

from orquestrador.actors import DashboardPlace
from orquestrador.library import shown_name
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunProgressed
from orquestrador.reports.alert_words import duration, figure, name, standing
from orquestrador.words import N_, Words

COMPONENTS = ("classifier", "monitor", "backup", "report")
"""The four that the guide names."""

CLASSIFIER = "classifier"
"""Whose messages wait while the work is paused."""

_STATES = {
    "starting": N_("starting"),
    "running": N_("running"),
    "restarting": N_("restarting"),
    "stopped": N_("stopped"),
}


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a system is: the guide's five figures, and everything that is measured."""

    library: str
    """Shown name of its folder, absolute."""

    state: str
    """Its state folder, absolute."""

    pid: int
    since: float
    """When it was started, in seconds since the epoch."""

    active: tuple[str, ...]
    """Of the guide's four components, those that run."""

    files_processed: int
    success_rate: float
    """Percent."""

    memory_usage: float
    """Of the machine, percent."""

    cpu_usage: float
    """Of the machine, percent."""

    paused: bool
    """Whether the classifier lets its work wait until somebody resumes it."""

    run: RunProgressed | None
    """How far the run is that is under way; None between runs, and while it is not
    known."""

    metrics: MetricsSampled


def status(
    place: DashboardPlace, sample: MetricsSampled, run: RunProgressed | None
) -> Status:
    """Return what `/api/v1/status` says."""
    return Status(
        library=place.library,
        state=shown_name(os.fsencode(place.state)),
        pid=os.getpid(),
        since=place.since,
        paused=any(each.suspended for each in sample.actors if each.name == CLASSIFIER),
        run=run,
        metrics=sample,
        **guide_figures(sample),
    )


def guide_figures(sample: MetricsSampled) -> dict[str, Any]:
    """Return the five figures of the guide's dashboard, in percent where a share."""
    library = sample.library
    alive = {each.name for each in sample.actors if each.state == "running"}
    return {
        "active": [each for each in COMPONENTS if each in alive],
        "files_processed": library.classified + library.failed if library else 0,
        "success_rate": library.success_percent if library else 100.0,
        "memory_usage": sample.memory_percent,
        "cpu_usage": sample.cpu_percent,
    }


def page(place: DashboardPlace, sample: MetricsSampled) -> bytes:
    """Return the page, UTF-8, in the language of the place."""
    words = place.words
    template = _environment(words).get_template(
        "page.html", globals={"_": words.gettext, "ngettext": words.ngettext}
    )
    moment = dt.datetime.fromtimestamp(sample.at).astimezone()
    shown = template.render(
        place=place,
        pid=os.getpid(),
        sample=sample,
        guide=guide_figures(sample),
        components=COMPONENTS,
        library=sample.library,
        alerts=[
            each for each in sample.alerts if each.standing in {"firing", "pending"}
        ],
        time=f"{moment:%Y-%m-%d %H:%M:%S}",
        language=words.language.replace("_", "-"),
        # Its scripts ask the API.
        is_live=place.settings.web.api,
    )
    # A name from a disk may hold what no encoding can say.
    return shown.encode("utf-8", "backslashreplace")


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(words))
    return environment


def _filters(words: Words) -> Mapping[str, Callable[..., str]]:
    def short(seconds: float | None) -> str:
        if seconds is None:
            return ""
        if seconds < 1:
            return f"{words.number(1e3 * seconds, 1)} ms"
        return duration(seconds, words)

    def state(code: str) -> str:
        return words.gettext(_STATES.get(code, code))

    return {
        "number": words.number,
        "duration": lambda seconds: duration(seconds, words),
        "short": short,
        "state": state,
        "alert": lambda alert: name(alert, words),
        "standing": lambda alert: standing(alert, words),
        "value": lambda alert: (
            "" if alert.value is None else figure(alert, alert.value, words)
        ),
    }


def _template(called: str) -> str:
    folder = importlib.resources.files("orquestrador.interface.web") / "templates"
    return (folder / called).read_text(encoding="utf-8")
