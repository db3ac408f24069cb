"""The reference of the actor runtime: its public names, read by autodoc."""

import inspect

import orquestrador.supervisor
from orquestrador.supervisor import SupervisorFlags, requests

_BLOCK = "```{{eval-rst}}\n.. {kind}:: orquestrador.supervisor.{name}\n{options}```"


def supervisor() -> str:
    """Return every public name of the actor runtime."""
    # Autodoc asks for hints that are for type checkers alone there.
    setattr(requests, "SupervisorFlags", SupervisorFlags)  # noqa: B010 -- not declared
    return "\n\n".join(map(_documented, sorted(orquestrador.supervisor.__all__)))


def _documented(name: str) -> str:
    value = getattr(orquestrador.supervisor, name)
    kind, options = "autodata", ""
    if inspect.isclass(value):
        kind, options = "autoclass", "   :members:\n"
    elif inspect.isroutine(value):
        kind = "autofunction"
    return _BLOCK.format(kind=kind, name=name, options=options)
