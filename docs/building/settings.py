"""The reference of settings, from the models, their docstrings and `default.json`."""

import inspect
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from docs.building.markdown import plain, sentence, table, term
from orquestrador.config import OrchestratorSettings, SettingLine, describe
from orquestrador.config import load_settings as load
from orquestrador.config.fields import fields


def settings() -> str:
    """Return every setting with its default, what may be written, and its meaning."""
    with tempfile.TemporaryDirectory() as empty:
        lines = describe(load(Path(empty), environment={}))
    models = {
        each.name: each.type for each in msgspec.structs.fields(OrchestratorSettings)
    }
    parts: list[str] = []
    for name, found in itertools.groupby(lines, _section):
        parts.append(f"## `{name}`" if name else "## At the top")
        if name:
            parts.append(sentence(inspect.getdoc(models[name]) or ""))
        parts += _section_of(tuple(found))
    return "\n\n".join(parts) + "\n"


def _section(line: SettingLine) -> str:
    return _parent(line).partition(".")[0]


def _section_of(lines: Sequence[SettingLine]) -> Iterator[str]:
    """Say each setting; those of one model, used many times, in a table."""
    of_model: dict[str, list[SettingLine]] = {}
    for line in lines:
        of_model.setdefault(fields()[line.name].model, []).append(line)
    for found in of_model.values():
        if len({_parent(each) for each in found}) > 1:
            yield from _table(found)
        else:
            yield "\n".join(map(_said, found))


def _parent(line: SettingLine) -> str:
    return line.name.rpartition(".")[0]


def _said(line: SettingLine) -> str:
    more = [f"Default `{_json(line.value)}`."]
    if line.guide_name:
        more.append(f"The guide's name: `{line.guide_name}`.")
    return term(line.name, f"{sentence(line.meaning)}\n  {' '.join(more)}")


def _table(lines: Sequence[SettingLine]) -> Iterator[str]:
    rows: dict[str, dict[str, SettingLine]] = {}
    for line in lines:
        prefix, _, last = line.name.rpartition(".")
        rows.setdefault(prefix, {})[last] = line
    columns = list(next(iter(rows.values())))
    first = next(iter(rows.values()))
    yield "\n".join(
        term(f"….{each}", sentence(first[each].meaning)) for each in columns
    )
    yield table(
        ["", *(f"`{each}`" for each in columns)],
        (
            [f"`{prefix}`", *(plain(_json(row[each].value)) for each in columns)]
            for prefix, row in rows.items()
        ),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
