"""The supervision tree: settings in, child specs out (DESIGN.md, section 3).

orquestrador            one for one, 10 restarts in 60 s
├── library             rest for one, 5 in 60 s
│   ├── catalog
│   ├── workers         one for one: worker-1, worker-2 …
│   ├── classifier
│   └── watcher         only where changes are followed
├── services            one for one, 5 in 60 s
│   ├── notifier
│   ├── monitor
│   ├── backup
│   ├── keeper
│   ├── organizer
│   ├── report
│   └── the user's own
└── interfaces          one for one, with longer and longer pauses; only where asked
    ├── control
    ├── inspector
    └── dashboard
"""

from orquestrador.supervisor import ChildSpec, Strategy
from orquestrador.tree.branch import branch, flags
from orquestrador.tree.interfaces import PAGE, interface_children
from orquestrador.tree.library import excludes, library_children
from orquestrador.tree.plan import CLASSIFY, TreePlan
from orquestrador.tree.services import service_children
from orquestrador.tree.wiring import connect, lost_work, token_of, watch

__all__ = [
    "CLASSIFY",
    "PAGE",
    "TreePlan",
    "children",
    "connect",
    "excludes",
    "flags",
    "lost_work",
    "token_of",
    "watch",
]


def children(plan: TreePlan) -> list[ChildSpec]:
    """Return the topmost supervisor's children, in the order of their start."""
    specs = [
        branch("library", Strategy.REST_FOR_ONE, 5, library_children(plan)),
        branch("services", Strategy.ONE_FOR_ONE, 5, service_children(plan)),
    ]
    interfaces = interface_children(plan)
    if interfaces:
        specs.append(branch("interfaces", Strategy.ONE_FOR_ONE, 10, interfaces))
    return specs
