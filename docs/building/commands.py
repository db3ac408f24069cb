"""The reference of the command line, from click's own help, in each language."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import click

from docs.building.markdown import sentence, term
from orquestrador.interface.cli import COMMANDS, GUIDE_NAMES, command_group
from orquestrador.interface.click_words import click_in
from orquestrador.interface.translation import choose, using


class _Words(NamedTuple):
    """What the reference itself says; the rest is the program's."""

    every: str
    guide: str


_WORDS = {
    "en": _Words("Options of every command", "The guide's name:"),
    "pt_BR": _Words("Opções de todos os comandos", "Nome do guia:"),
}


def commands(language: str) -> str:
    """Return every command with its arguments, options and exit statuses."""
    translation = choose(language, os.environ)
    words = _WORDS[language]
    with using(translation), click_in(language):
        group = command_group(translation)
        context = click.Context(
            group, info_name="orquestrador", **group.context_settings
        )
        parts = [
            "\n\n".join(_paragraphs(group)),
            f"## {words.every}",
            _options(group, context),
        ]
        for name in sorted(COMMANDS):
            command = group.get_command(context, name)
            assert command is not None
            parts += _described(command, name, context, words)
    return "\n\n".join(each for each in parts if each) + "\n"


def _described(
    command: click.Command, name: str, parent: click.Context, words: _Words
) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    path = context.command_path.removeprefix("orquestrador ")
    yield f"{'#' * (path.count(' ') + 2)} `{path}`"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {usage}\n```"
    yield from _paragraphs(command)
    yield _options(command, context)
    guide = [
        f"`{old}`" for old, ours in GUIDE_NAMES.items() if ours == (*path.split(),)
    ]
    if guide:
        yield f"{words.guide} {', '.join(guide)}."
    if isinstance(command, click.Group):
        for sub, each in sorted(command.commands.items()):
            yield from _described(each, sub, context, words)


def _paragraphs(command: click.Command) -> Iterator[str]:
    for text in (command.help, command.epilog):
        for paragraph in (text or "").split("\n\n"):
            yield sentence(paragraph.replace("\b", ""))


def _options(command: click.Command, context: click.Context) -> str:
    of_all = context.parent is not None
    records = [
        each.get_help_record(context)
        for each in command.get_params(context)
        if not (of_all and "--help" in each.opts)
    ]
    return "\n".join(
        term(name, sentence(meaning))
        for name, meaning in filter(None, records)
        if meaning
    )
