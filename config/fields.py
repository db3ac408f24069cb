"""Every single setting by its dotted name: its type and its meaning."""

import ast
import inspect
import itertools
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from orquestrador.config import sections as models
from orquestrador.config.base import Settings


class Field(NamedTuple):
    """One setting."""

    name: str
    """Dotted, such as `monitor.interval_s`."""

    annotation: Any
    """The type, `Annotated` included."""

    model: str
    """Name of the class it stands in."""

    @property
    def meaning(self) -> str:
        """One line: what it does, with unit and range."""
        return _meanings()[self.model, self.name.rpartition(".")[2]]


@cache
def fields() -> Mapping[str, Field]:
    """Return every setting by its dotted name, in the order of the models."""
    return types.MappingProxyType(
        {each.name: each for each in _walk(models.OrchestratorSettings, "")}
    )


@cache
def sections() -> frozenset[str]:
    """Return the names of the sections."""
    return frozenset(name.partition(".")[0] for name in fields() if "." in name)


def _walk(section: type[Settings], prefix: str) -> Iterator[Field]:
    for each in msgspec.structs.fields(section):
        name = prefix + each.name
        annotation: Any = each.type
        if isinstance(annotation, type) and issubclass(annotation, Settings):
            yield from _walk(annotation, name + ".")
        else:
            yield Field(name, annotation, section.__name__)


@cache
def _meanings() -> Mapping[tuple[str, str], str]:
    """Read the text under each field: there is one place for what a setting means."""
    tree = ast.parse(inspect.getsource(models))
    found: dict[tuple[str, str], str] = {}
    for model in tree.body:
        if isinstance(model, ast.ClassDef):
            for name, text in _texts_under_fields(model):
                found[model.name, name] = " ".join(text.split("\n\n")[0].split())
    return found


def _texts_under_fields(model: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in itertools.pairwise(model.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                yield name, meaning
            case _:
                continue
