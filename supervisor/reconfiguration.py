"""How a running supervisor is given other flags and specs (OTP's code_change).

A change is checked as a whole before any of it counts: one that is refused changes
nothing. Nothing is started, stopped or restarted by it:

- The flags count at once. The restarts of the last seconds stay counted.
- A spec whose id is there takes the place of the old one; its child goes on, and the
  new values count from the next thing that happens to it: limits, restart type,
  decisions and delays at once, factory and arguments from the next start. What its
  cell was made with (its name, its mailbox) stays until it has ended for good.
- A spec with a new id is added; its child does not run before `restart_child`.
- A child that is left out stays as it is, after the listed ones in the order of
  start.
- A child that becomes temporary while it waits for a restart is not started any more.
- A dynamic supervisor's template is exchanged, also for the children there are; each
  keeps its own arguments. One that was temporary stays so: its arguments are gone.

A change lasts as long as this incarnation of the supervisor. When its own supervisor
starts it again, it begins with what its spec says; give it a function there to have
that read anew.
"""

from collections.abc import Sequence

from msgspec import structs

from orquestrador.errors import ChildSpecError
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, Children
from orquestrador.supervisor.choices import Restart
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.requests import Reconfigured
from orquestrador.supervisor.strategy import Strategy


def check_change(
    children: Children, flags: SupervisorFlags, specs: Sequence[ChildSpec]
) -> None:
    """Refuse what cannot be done to the children there are.

    Raises:
        ChildSpecError: `invalid_strategy` for a change between dynamic and static
            children; `invalid_child_type` for a worker that becomes a supervisor, or
            the other way round, while it has not ended for good.

    """
    if (flags.strategy is Strategy.DYNAMIC) != (children.template is not None):
        raise ChildSpecError("invalid_strategy", flags.strategy)
    everyone = tuple(children)
    for spec in specs:
        for child in everyone if children.template else (children.with_id(spec.id),):
            if child is None or child.cell is None:
                continue
            if child.spec.is_supervisor() != spec.is_supervisor():
                raise ChildSpecError("invalid_child_type", spec)


def change(children: Children, specs: Sequence[ChildSpec]) -> Reconfigured:
    """Give the children their new specs; the change has been checked."""
    if children.template is not None:
        return _exchange_template(children, specs[0])
    there = {child.spec.id for child in children}
    listed = tuple(spec.id for spec in specs)
    for spec in specs:
        child = children.with_id(spec.id)
        if child is None:
            children.add(Child(spec, dynamic=False))
        else:
            child.change_spec(spec)
    children.put_first(listed)
    return Reconfigured(
        changed=tuple(each for each in listed if each in there),
        added=tuple(each for each in listed if each not in there),
        kept=tuple(each.spec.id for each in children if each.spec.id not in listed),
    )


def _exchange_template(children: Children, template: ChildSpec) -> Reconfigured:
    children.template = template
    for child in children:
        if child.own_arguments is None:
            bare = template.without_arguments()
            child.change_spec(structs.replace(bare, restart=Restart.TEMPORARY))
        else:
            child.change_spec(template.with_arguments(*child.own_arguments))
    return Reconfigured(changed=(template.id,))
