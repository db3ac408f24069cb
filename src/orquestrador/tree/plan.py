"""What a tree is made for."""

from dataclasses import dataclass
from pathlib import Path

from orquestrador.actors import ControlPlace, DashboardPlace
from orquestrador.config import OrchestratorSettings
from orquestrador.messages.run import RunOrder
from orquestrador.supervisor import ChildSpec
from orquestrador.words import Words

CLASSIFY = "orquestrador.classification:classify_and_sketch"
"""What worker processes run."""


@dataclass(frozen=True, kw_only=True)
class TreePlan:
    """What a tree is made for."""

    library: Path
    state: Path
    settings: OrchestratorSettings
    words: Words
    """The language of reports."""

    watch: RunOrder | None = None
    """The run that brings the catalog up to date before changes are followed; None:
    they are not followed."""

    monitor: bool = True
    """Whether the monitor samples at its interval; it answers in any case."""

    classify: str = CLASSIFY
    """`module:function` that classifies one content."""

    classifier: str
    """The version that its records carry."""

    profile: str = ""
    """The prop firm's that judges, encoded; empty for the default."""

    own: str = ""
    """The user's rules, vocabularies and classifiers, encoded; empty for none."""

    extra: tuple[ChildSpec, ...] = ()
    control: ControlPlace | None = None
    """Where other programs reach the system; None: nowhere."""

    dashboard: DashboardPlace | None = None
    """What a browser is shown; None: nothing is served."""
