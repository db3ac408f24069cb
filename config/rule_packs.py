"""Rules of labels, as data: what a pack may say, and those of the program.

The program's own packs stand in `config/rules/*.toml`; settings name further ones, see
`own_rules.py`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from orquestrador.errors import RuleError

Group = Literal["strategies", "risk", "hygiene"]
"""The key of the record that holds a rule's label."""

PACKS: Mapping[Group, tuple[str, ...]] = {
    "strategies": ("strategies.toml", "strategies_pine.toml"),
    "risk": ("risk.toml", "risk_pine.toml"),
    "hygiene": ("hygiene.toml",),
}
"""The program's own, by the group their labels belong to."""

SHIPPED = "orquestrador"
"""Where the program's own rules are from."""

Weight = Annotated[float, Meta(gt=0, le=100)]
Identifier = Annotated[str, Meta(min_length=1, max_length=100)]
Identifiers = Annotated[tuple[Identifier, ...], Meta(max_length=200)]
Stem = Annotated[str, Meta(pattern=r"^\^?\w{2,60}\$?$")]
Stems = Annotated[tuple[Stem, ...], Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=6000)]
"""An example."""


class RuleDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it stands in a pack."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]
    label: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]*$", max_length=60)]
    """TAXONOMY.md's code that the rule speaks for."""

    example: Code
    """Code for which the rule holds."""

    counterexample: Code
    """Similar code for which it does not."""

    version: Annotated[int, Meta(ge=1)] = 1
    """Raised when the rule is to mean something else."""

    weight: Weight = 1.0
    """Of a strategy: what the rule adds to its label's share."""

    languages: tuple[Literal["mql", "mql4", "mql5", "pine"], ...] = ()
    """`mql` (both), `mql4`, `mql5`, `pine`; none means all."""

    kinds: tuple[
        Literal[
            "expert",
            "indicator",
            "script",
            "service",
            "library",
            "include",
            "strategy",
            "unknown",
        ],
        ...,
    ] = ()
    """Program types; none means all."""

    all: Identifiers = ()
    """Identifiers that must occur."""

    any: Identifiers = ()
    """Identifiers of which one must occur."""

    none: Identifiers = ()
    """Identifiers that must not occur."""

    words: Stems = ()
    """Stems of identifiers of which one must occur twice: declared and used.

    Case and underscores do not count; `^` and `$` stand for an identifier's ends.
    """

    indicators: Stems = ()
    """Stems of indicators' names (`iCustom`'s included) of which one must be used."""

    code: Annotated[str, Meta(max_length=500)] | None = None
    """Regular expression that the live code must hold; every repeat is bounded."""

    check: str | None = None
    """Name of a function that looks at the structure."""


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[RuleDefinition, ...]


@cache
def shipped_rules() -> Mapping[Group, tuple[RuleDefinition, ...]]:
    """Return the program's own rules by group; they are read once.

    Raises:
        RuleError: names the pack that cannot be used.

    """
    return {
        group: tuple(rule for name in names for rule in _pack(name))
        for group, names in PACKS.items()
    }


def _pack(name: str) -> tuple[RuleDefinition, ...]:
    text = (files("orquestrador.config") / "rules" / name).read_text(encoding="utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), _Pack).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RuleError(f"rule pack {name}: {error}") from error
