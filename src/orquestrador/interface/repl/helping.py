"""What the REPL says about its own commands."""

from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.interface.translation import N_, _

ALIASES = {
    "ajuda": "help",
    "ator": "actor",
    "atores": "actors",
    "buscar": "search",
    "encerrar": "terminate",
    "eventos": "events",
    "iniciar": "start",
    "mais": "more",
    "py": "python",
    "página": "page",
    "pagina": "page",
    "quit": "exit",
    "rastrear": "trace",
    "reiniciar": "restart",
    "retomar": "resume",
    "sair": "exit",
    "suspender": "suspend",
}
"""Other words for the REPL's own commands: Portuguese, and what fingers know."""

NOT_HERE = frozenset({"executar", "repl", "run"})
"""Commands of the shell that make no sense inside the REPL."""


class Entry(NamedTuple):
    """Of one command: how it is typed, and what it does."""

    usage: str
    words: str


ENTRIES = {
    "actors": Entry(
        N_("actors"), N_("the tree of actors, what each is doing, and its failures")
    ),
    "actor": Entry(
        N_("actor NAME …"), N_("one actor: state, message in hand, mailbox, failures")
    ),
    "restart": Entry(
        N_("restart NAME … [--yes]"),
        N_("start it anew behind the same ref; its mailbox is kept"),
    ),
    "suspend": Entry(N_("suspend NAME …"), N_("let its messages wait")),
    "resume": Entry(N_("resume NAME …"), N_("let a suspended one go on")),
    "terminate": Entry(
        N_("terminate NAME … [--yes]"), N_("stop a child of a supervisor")
    ),
    "start": Entry(N_("start NAME …"), N_("start a stopped child again")),
    "trace": Entry(
        N_("trace NAME [SECONDS]"), N_("show the messages it takes, as they come")
    ),
    "search": Entry(
        N_("search …"), N_("as on the command line; _ is what was found, _3 the third")
    ),
    "more": Entry(N_("more"), N_("the next results")),
    "page": Entry(N_("page"), N_("all results in the pager")),
    "events": Entry(N_("events [on|off]"), N_("tell what happens while you type")),
    "python": Entry(N_("python [CODE], !CODE"), N_("Python with the system as `orq`")),
    "help": Entry(N_("help [COMMAND]"), N_("this list; all about one command")),
    "exit": Entry(N_("exit, Ctrl-D"), N_("leave; a system of another process goes on")),
}


def entries() -> Iterator[Entry]:
    """Yield what there is, in the user's language."""
    for each in ENTRIES.values():
        yield Entry(_(each.usage), _(each.words))


def entry(name: str) -> Entry | None:
    """Return what is said about a command, by any of its names."""
    found = ENTRIES.get(own_name(name))
    return found and Entry(_(found.usage), _(found.words))


def own_name(name: str) -> str:
    """Return the REPL's name of a command, whatever the user calls it."""
    return "python" if name.startswith("!") else ALIASES.get(name, name)


def other_names(name: str) -> list[str]:
    """Return the names a command also has."""
    own = own_name(name)
    return [each for each, meant in ALIASES.items() if meant == own]
