"""The branch `interfaces`: ways in from other programs, where they are asked for."""

from orquestrador.actors import (
    ControlActor,
    ControlPlace,
    DashboardActor,
    DashboardPlace,
)
from orquestrador.supervisor import Backoff, ChildSpec
from orquestrador.supervisor.remote import Inspector
from orquestrador.tree.plan import TreePlan

PAGE = "orquestrador.interface.web.server:serve"
"""What serves the page; by name, because it stands above the tree."""


def interface_children(plan: TreePlan) -> list[ChildSpec]:
    """Return its children; none where nothing was asked for."""
    specs: list[ChildSpec] = []
    if plan.control is not None:
        specs += [_control(plan.control), _inspector()]
    if plan.dashboard is not None:
        specs.append(_dashboard(plan.dashboard))
    return specs


def _control(place: ControlPlace) -> ChildSpec:
    return ChildSpec(
        id="control",
        actor=ControlActor,
        args=(place,),
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=1.0,
    )


def _inspector() -> ChildSpec:
    return ChildSpec(
        id="inspector",
        actor=Inspector,
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=1.0,
    )


def _dashboard(place: DashboardPlace) -> ChildSpec:
    return ChildSpec(
        id="dashboard",
        actor=DashboardActor,
        args=(place,),
        backoff=Backoff(minimum_s=0.2, maximum_s=10.0),
        shutdown_s=2.0,
    )
