"""How a word may go on: commands, options, actors, paths, labels, snapshots.

What there is is asked of the running system and the catalog when a key is pressed;
an answer is kept for a moment, since a person types faster than a library changes.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click
from prompt_toolkit.completion import CompleteEvent, Completer, Completion

from orquestrador.errors import OrquestradorError
from orquestrador.interface.cli import COMMANDS, GUIDE_NAMES, find_command
from orquestrador.interface.repl.helping import ALIASES, ENTRIES, NOT_HERE, own_name
from orquestrador.interface.session import Session

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

_FRESH_S = 2.0
_MOST = 200
_OF_SNAPSHOTS = {"diff", "export", "show", "verify"}
_FACETS = {
    *("--kind", "--language", "--strategy", "--risk", "--no-risk", "--hygiene"),
    "--prop-firm",
    *("--primary", "--add", "--remove"),
}


class Live:
    """What exists now, by kind, each kept for a moment."""

    def __init__(
        self,
        session: Session,
        actors: Callable[[], Iterable[str]],
        stopped: Callable[[], Iterable[str]],
    ) -> None:
        """Ask nothing yet.

        Args:
            session: whose catalog and snapshots there are.
            actors: returns the names of those that run.
            stopped: returns the names of those that could be started.

        """
        self._session = session
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._sources: dict[str, Callable[[], Iterable[str]]] = {
            "actors": actors,
            "paths": self._paths,
            "snapshots": self._snapshots,
            "stopped": stopped,
        }

    def of(self, kind: str) -> tuple[str, ...]:
        """Return all names of a kind; none where they cannot be asked for now."""
        when, names = self._kept.get(kind, (-_FRESH_S, ()))
        if time.monotonic() - when < _FRESH_S:
            return names
        try:
            names = tuple(self._sources[kind]())
        except (OrquestradorError, OSError):
            # A key press is no moment to complain: the command itself will.
            names = ()
        self._kept[kind] = time.monotonic(), names
        return names

    def _paths(self) -> Iterable[str]:
        with self._session.catalog() as catalog:
            return catalog.paths()

    def _snapshots(self) -> Iterable[str]:
        from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

        with SnapshotRepository(self._session.snapshots, read_only=True) as repository:
            return [snapshot.id for snapshot in repository.list()]


class ReplCompleter(Completer):
    """Proposes how the word in front of the cursor may go on."""

    def __init__(self, session: Session, live: Live) -> None:
        """Propose what there is in the session's library, and what is live."""
        self._session = session
        self._live = live
        self._first = sorted(all_commands())

    def get_completions(
        self, document: "Document", complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yield the completions; the word's own quote is closed with it."""
        del complete_event
        *before, word = _open_words(document.text_before_cursor)
        quote = word[:1] if word[:1] in {'"', "'"} else ""
        start = word.removeprefix(quote)
        found = 0
        for each in self._candidates(before, start):
            if not each.lower().startswith(start.lower()):
                continue
            text = each if not (quote or " " in each) else f'"{each}"'
            yield Completion(text, start_position=-len(word), display=each)
            found += 1
            if found == _MOST:
                return

    def _candidates(self, before: Sequence[str], word: str) -> Iterable[str]:
        first = own_name(before[0]) if before else "help"
        match first:
            case "help":
                return self._first
            case "start":
                return self._live.of("stopped")
            case "actor" | "restart" | "resume" | "suspend" | "terminate" | "trace":
                return self._live.of("actors")
            case "events":
                return ("on", "off")
            case "python":
                return ()
            case _other:
                pass
        command = find_command(first)
        return () if command is None else self._of_command(command, before, word)

    def _of_command(
        self, command: click.Command, before: Sequence[str], word: str
    ) -> Iterable[str]:
        inner, last = _inner(command, before), before[-1]
        if word.startswith("-"):
            return _options(inner)
        if last in _FACETS:
            return _codes(last)
        if last == "--snapshot" or _names_snapshots(inner, before):
            return self._live.of("snapshots")
        if isinstance(inner, click.Group):
            return inner.commands
        return _choices(inner, last) or self._live.of("paths")


def all_commands() -> set[str]:
    """Return every name that a line of the REPL may begin with."""
    return ({*COMMANDS, *GUIDE_NAMES} - NOT_HERE) | {*ALIASES, *ENTRIES}


def _open_words(text: str) -> list[str]:
    """Return the words, the last one as it stands: perhaps empty, its quote open."""
    words = [""]
    quote = ""
    for sign in text:
        if quote:
            words[-1] += sign
            quote = "" if sign == quote else quote
        elif sign.isspace():
            if words[-1]:
                words.append("")
        else:
            quote = sign if sign in {'"', "'"} else ""
            words[-1] += sign
    return words


def _inner(command: click.Command, before: Sequence[str]) -> click.Command:
    if isinstance(command, click.Group) and len(before) > 1:
        return command.commands.get(before[1], command)
    return command


def _names_snapshots(command: click.Command, before: Sequence[str]) -> bool:
    """Whether the next word of a `backup` command is the id of a snapshot."""
    return (
        own_name(before[0]) == "backup"
        and command.name in _OF_SNAPSHOTS
        and before[-1] not in _values(command)
    )


def _values(command: click.Command) -> set[str]:
    """Return the options that are followed by a value."""
    return {
        name
        for each in command.params
        if isinstance(each, click.Option) and not each.is_flag
        for name in each.opts
    }


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield from (each for each in parameter.opts if each.startswith("--"))
    yield "--help"


def _choices(command: click.Command, last: str) -> Sequence[str]:
    """Return what an option, or the command's argument, may be."""
    options = [each for each in command.params if last in each.opts]
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    for parameter in options or arguments:
        if isinstance(parameter.type, click.Choice):
            return [str(each) for each in parameter.type.choices]
    return ()


def _codes(option: str) -> Iterable[str]:
    from orquestrador.reports import labels  # noqa: PLC0415 -- when used

    any_label = (*labels.STRATEGIES, *labels.RISK, *labels.HYGIENE)
    return {
        "--kind": labels.KINDS,
        "--language": labels.LANGUAGES,
        "--strategy": labels.STRATEGIES,
        "--primary": labels.STRATEGIES,
        "--add": any_label,
        "--remove": any_label,
        "--hygiene": labels.HYGIENE,
        "--prop-firm": labels.VERDICTS,
    }.get(option, labels.RISK)
