"""How supervisors treat their children."""

from orquestrador.supervisor import ChildSpec, Strategy, Supervisor, SupervisorFlags

_PERIOD_S = 60.0


def flags() -> SupervisorFlags:
    """Return how the topmost supervisor treats its children."""
    return SupervisorFlags(
        strategy=Strategy.ONE_FOR_ONE, intensity=10, period_s=_PERIOD_S
    )


def branch(
    name: str, strategy: Strategy, intensity: int, specs: list[ChildSpec]
) -> ChildSpec:
    """Return a supervisor below the topmost one.

    Args:
        name: its id.
        strategy: which children restart with one that failed.
        intensity: how many restarts in a minute before it fails itself.
        specs: its children, in the order of their start.

    """
    limits = SupervisorFlags(strategy=strategy, intensity=intensity, period_s=_PERIOD_S)
    return ChildSpec(id=name, actor=Supervisor, args=(limits, specs))
