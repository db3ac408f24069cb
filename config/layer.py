"""One place that settings come from: a file, the environment, or the options."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from orquestrador.config.fields import fields, sections
from orquestrador.config.names import WRITTEN_AS, known_as, meaning_of, nearest
from orquestrador.errors import SettingsError

Read = Callable[[Any, Any], Any]
"""Takes a value as written and a setting's type; returns the value of that type."""


class Origin(NamedTuple):
    """Where a value comes from."""

    kind: Literal["default", "file", "environment", "option"]

    source: str = ""
    """The file's path or the variable's name; empty for the others."""

    key: str = ""
    """The key as written there, which may be the guide's name; empty for a default."""

    def __str__(self) -> str:
        """Return the place in words, for an error."""
        match self.kind:
            case "default":
                return "default"
            case "file":
                return f"{self.source}: {self.key}"
            case "environment":
                return f"environment variable {self.source}"
            case "option":
                return f"option {self.key}"


class Value(NamedTuple):
    """A setting's value and where it comes from."""

    value: Any
    origin: Origin


class Layer(NamedTuple):
    """What one place says."""

    values: dict[str, Value]
    """By the setting's dotted name."""

    problems: list[str]
    """What cannot be used, as sentences."""

    unused: list[str]
    """Keys that say nothing to this program, where that is no problem."""


def read_layer(
    entries: Iterable[tuple[Origin, Any]],
    read: Read,
    *,
    names: Mapping[str, str],
    forgiving: bool = False,
) -> Layer:
    """Return what the entries of one place set.

    Args:
        entries: keys, with where they stand, and values as written there.
        read: turns a value as written into a setting's type.
        names: names that are understood in this place besides ours and the guide's.
        forgiving: whether a key that is neither ours nor the guide's is only unused.

    """
    layer = Layer({}, [], [])
    # Our own name wins over the guide's, and that over an older program's.
    for origin, written in sorted(entries, key=lambda each: _rank(each[0].key)):
        forgiven = forgiving and known_as(origin.key) is None
        try:
            setting = _setting(origin.key, names)
            value = Value(_value(origin.key, setting, written, read), origin)
            _refuse_contradiction(value, layer.values.get(setting))
        except SettingsError as error:
            if forgiven:
                layer.unused.append(origin.key)
            else:
                layer.problems.append(f"{origin}: {error}")
        else:
            layer.values.setdefault(setting, value)
    return layer


def set_by_user(values: Mapping[str, Value], *names: str) -> Origin:
    """Return where the user set one of these; a default's place if nowhere."""
    origins = [values[name].origin for name in names]
    return next((each for each in origins if each.kind != "default"), origins[0])


def _rank(key: str) -> int:
    return 0 if key in fields() else 1 if known_as(key) else 2


def _setting(key: str, names: Mapping[str, str]) -> str:
    setting = known_as(key, names)
    if setting is not None:
        return setting
    if key in sections():
        example = next(each for each in fields() if each.startswith(key + "."))
        raise SettingsError(f"is a section; write its settings, such as {example}")
    near = nearest(key)
    raise SettingsError(
        "is not a setting" + (f"; did you mean {near}?" if near else "")
    )


def _value(key: str, setting: str, written: object, read: Read) -> object:
    annotation = fields()[setting].annotation
    if key in WRITTEN_AS:
        written = read(written, WRITTEN_AS[key])
    return read(meaning_of(key, written), annotation)


def _refuse_contradiction(value: Value, earlier: Value | None) -> None:
    if earlier is not None and earlier.value != value.value:
        raise SettingsError(
            f"says {value.value!r}, but {earlier.origin.key} says {earlier.value!r} "
            "for the same setting; leave one of them out"
        )
