"""Settings from the file, the environment and the options, with where each is from."""

import importlib.resources
import itertools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from orquestrador.config import alerts, organizing, own_rules, profiles
from orquestrador.config.document import flattened, read_document
from orquestrador.config.layer import (
    Layer,
    Origin,
    Value,
    read_layer,
    set_by_user,
)
from orquestrador.config.names import OLDER_NAMES, SHORT_NAMES
from orquestrador.config.sections import OrchestratorSettings
from orquestrador.config.values import from_json, from_text
from orquestrador.errors import SettingsError
from orquestrador.visible import visible

FILE_NAME = "orquestrador.json"
GUIDE_PLACE = ("Development", "config", FILE_NAME)
"""Where the guide's settings stand, below its base path."""

PREFIX = "ORQUESTRADOR_"
_PROFILE = ("classification.prop_firm", "classification.profiles")
_OWN_RULES = ("classification.rule_packs", "classification.vocabularies")

NOT_SETTINGS = frozenset({"config", "lang", "library", "state"})
"""Variables with our prefix that are the command line's own options."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each comes from."""

    settings: OrchestratorSettings

    origins: Mapping[str, Origin]
    """By the setting's dotted name; every setting is there."""

    file: Path | None
    """The file that was read, if there was one."""

    warnings: tuple[str, ...]
    """What was not used and is no error, one sentence each."""


def load_settings(
    library: Path,
    *,
    base_path: Path | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """Return the settings that hold for a library.

    A later place wins: defaults, one file, environment variables, options.

    Args:
        library: its folder; `orquestrador.json` in it is read.
        base_path: the guide's folder; `Development/config/orquestrador.json` in it is
            read where the library has none.
        config: a file to read instead of these; it must be there.
        environment: variables such as `ORQUESTRADOR_WORKERS`, or with the section
            `ORQUESTRADOR_MONITOR__INTERVAL_S`; an empty one is not used.
        overrides: options by dotted, short or guide's name, or by section; None is an
            option that was not given.

    Raises:
        SettingsError: with everything that is wrong, each with its place, what is
            allowed and the nearest name.

    """
    file = config or find_file(library, base_path)
    layers = [_file_layer(file)] if file else []
    layers += [_environment_layer(environment or {}), _option_layer(overrides or {})]
    values = _default_values()
    for layer in layers:
        values.update(layer.values)
    problems = [problem for layer in layers for problem in layer.problems]
    _refuse(problems + _contradictions(values))
    settings = _settings(values)
    if any(values[name].origin.kind != "default" for name in _PROFILE):
        profiles.chosen_profile(settings.classification, library)
    if any(values[name].origin.kind != "default" for name in _OWN_RULES):
        own_rules.chosen_own_rules(settings.classification, library)
    return Loaded(
        settings=settings,
        origins=types.MappingProxyType({name: at for name, (_, at) in values.items()}),
        file=file,
        warnings=tuple(_warnings(file, layers)),
    )


def default_settings(
    overrides: Mapping[str, Any] | None = None,
) -> OrchestratorSettings:
    """Return the defaults, changed by `overrides` as in `load_settings`.

    Raises:
        SettingsError: if an override cannot be used.

    """
    layer = _option_layer(overrides or {})
    values = _default_values() | layer.values
    _refuse(layer.problems + _contradictions(values))
    return _settings(values)


def find_file(library: Path, base_path: Path | None = None) -> Path | None:
    """Return the settings file of a library, if it has one."""
    places = [library / FILE_NAME]
    if base_path is not None:
        places.append(base_path.joinpath(*GUIDE_PLACE))
    # A folder or a broken link of that name is not passed over in silence.
    return next((each for each in places if each.exists() or each.is_symlink()), None)


def _default_values() -> dict[str, Value]:
    source = importlib.resources.files("orquestrador.config") / "default.json"
    with importlib.resources.as_file(source) as path:
        document = read_document(path)
    entries = [(Origin("default"), name, value) for name, value in flattened(document)]
    return {name: Value(value, origin) for origin, name, value in entries}


def _file_layer(path: Path) -> Layer:
    try:
        document = read_document(path)
    except SettingsError as error:
        return Layer({}, list(error.problems), [])
    in_guide_place = path.parts[-len(GUIDE_PLACE) :] == GUIDE_PLACE
    if in_guide_place and document.get("debug") is False:
        del document["debug"]  # It was that program's default: it says nothing.
    return read_layer(
        [(Origin("file", str(path), key), value) for key, value in flattened(document)],
        from_json,
        names=OLDER_NAMES if in_guide_place else {},
        forgiving=in_guide_place,
    )


def _environment_layer(environment: Mapping[str, str]) -> Layer:
    entries = [
        (Origin("environment", name, key), text)
        for name, text in sorted(environment.items())
        if (key := _key_of_variable(name)) and text.strip()
    ]
    return read_layer(entries, from_text, names=SHORT_NAMES)


def _key_of_variable(name: str) -> str | None:
    if not name.startswith(PREFIX):
        return None
    key = name.removeprefix(PREFIX).lower().replace("__", ".")
    return None if key in NOT_SETTINGS else key


def _option_layer(overrides: Mapping[str, Any]) -> Layer:
    entries = [
        (Origin("option", "", key), value)
        for key, value in flattened(overrides)
        if value is not None
    ]
    return read_layer(entries, from_json, names=SHORT_NAMES)


def _contradictions(values: Mapping[str, Value]) -> list[str]:
    """Find values that are allowed each, but not together."""
    names = ("suffixes", "sniffed_suffixes", "unread_suffixes")
    lists = [f"classification.{name}" for name in names]
    return (
        alerts.contradictions(values)
        + organizing.contradictions(values)
        + [
            f"{set_by_user(values, one, other)}: {one} and {other} both hold "
            f"{suffix!r}; leave it out of one"
            for one, other in itertools.combinations(lists, 2)
            for suffix in values[one].value
            if suffix in values[other].value
        ]
    )


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SettingsError(*problems)


def _settings(values: Mapping[str, Value]) -> OrchestratorSettings:
    nested: dict[str, Any] = {}
    for name, (value, _) in values.items():
        *sections, last = name.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return msgspec.convert(nested, OrchestratorSettings)


def _warnings(file: Path | None, layers: list[Layer]) -> Iterator[str]:
    unused = [key for layer in layers for key in layer.unused]
    if unused:
        yield visible(f"{file}: not used by this program: {', '.join(unused)}")
