"""Settings as lines for `config show`."""

from typing import Any, NamedTuple

import msgspec

from orquestrador.config.document import flattened
from orquestrador.config.fields import fields
from orquestrador.config.layer import Origin
from orquestrador.config.loader import Loaded
from orquestrador.config.names import guide_name
from orquestrador.config.values import allowed, is_secret

HIDDEN = "***"
"""Stands for a secret that is set."""


class SettingLine(NamedTuple):
    """What there is to say about one setting."""

    name: str
    """Dotted, such as `monitor.interval_s`."""

    value: Any
    """As it would stand in JSON."""

    origin: Origin

    meaning: str
    """One line in English, with unit and range."""

    allowed: str
    """What may be written, in words."""

    guide_name: str | None
    """The guide's name of the setting, if it has one."""


def describe(loaded: Loaded) -> tuple[SettingLine, ...]:
    """Return every setting in the order of the models."""
    values = dict(flattened(msgspec.to_builtins(loaded.settings)))
    return tuple(
        SettingLine(
            name=name,
            value=_shown(values[name], field.annotation),
            origin=loaded.origins[name],
            meaning=field.meaning,
            allowed=allowed(field.annotation),
            guide_name=guide_name(name),
        )
        for name, field in fields().items()
    )


def _shown(value: Any, annotation: Any) -> Any:  # noqa: ANN401 -- any setting's
    if value and is_secret(annotation):
        return HIDDEN
    return list(value) if isinstance(value, tuple) else value
