"""What is said to people about alerts, in their language."""

from orquestrador.messages.monitor import AlertState
from orquestrador.words import N_, Words

NAMES = {
    "cpu_percent": N_("Processor"),
    "memory_percent": N_("Memory"),
    "disk_percent": N_("Disk"),
    "errors": N_("Errors in five minutes"),
    "success_percent": N_("Files classified"),
    "snapshot_age_s": N_("Age of the newest verified backup"),
    "push_age_s": N_("Age of the last push to the second place"),
    "backup_damaged": N_("Backup damaged"),
    "restarts": N_("Restarts in five minutes"),
    "stuck_s": N_("Time on one message"),
    "save_to_catalog_p95_s": N_("From saving to the catalog (p95)"),
    "watcher_degraded": N_("Watcher degraded"),
    "catalog_damaged": N_("Catalog damaged"),
}
"""The alerts that come with the program; the user's own have the names he gave."""

_STANDINGS = {
    "ok": N_("ok"),
    "pending": N_("pending"),
    "firing": N_("firing"),
    "resolved": N_("resolved"),
    "undefined": N_("undefined"),
}


def name(alert: AlertState, words: Words) -> str:
    """Return what an alert is called, with the actor it is about."""
    called = words.gettext(NAMES.get(alert.rule, alert.rule))
    return f"{called} ({alert.subject})" if alert.subject else called


def standing(alert: AlertState, words: Words) -> str:
    """Return how an alert stands now."""
    return words.gettext(_STANDINGS[alert.state])


def title(alert: AlertState, words: Words) -> str:
    """Return one line, as for the subject of a mail."""
    return f"orquestrador: {name(alert, words)}: {standing(alert, words)}"


def sentence(alert: AlertState, words: Words) -> str:
    """Return the value and the limits."""
    if alert.value is None:
        return words.gettext("No value is known now.")
    text = words.gettext("It is {value}; begins at {raise_at}, ends at {end}.")
    return text.format(
        value=figure(alert, alert.value, words),
        raise_at=figure(alert, alert.raise_at, words),
        end=figure(alert, alert.clear_at, words),
    )


def trial(words: Words) -> tuple[str, str]:
    """Return title and text of a message for trying."""
    return (
        words.gettext("orquestrador: a trial"),
        words.gettext("Alerts reach you here. Nothing is wrong."),
    )


def figure(alert: AlertState, value: float, words: Words) -> str:
    """Return a value of an alert, in the unit that its name says."""
    if alert.metric.endswith("_percent"):
        return f"{words.number(value)} %"
    if alert.metric.endswith("_s"):
        return duration(value, words)
    return words.number(value, 0 if value == round(value) else 2)


def duration(seconds: float, words: Words) -> str:
    """Return a time in the largest unit that leaves at least two of it."""
    for unit, size in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{words.number(seconds / size)} {unit}"
    whole = seconds >= 10 or seconds == round(seconds)
    return f"{words.number(seconds, 0 if whole else 1)} s"
