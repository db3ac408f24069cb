"""What changes in a library's folder: heard, gathered, and told once it is at rest.

- `changes`, `settling`: paths that changed, and when each has come to rest
- `sent`: those that somebody looks at then; `news`: when it is told how all that is
- `excludes`: which of them are followed
- `inbox`: between the observer's thread and whoever looks
- `inotify`, `observing`: the observers; `opening` chooses one, by `limits` too
- `cookies`: proof that everything so far was heard; `waiting`: who waits for that
- `comparing`: when the whole library is compared with the catalog

No thread is made here but those of watchdog's observers, which `open_watch` begins and
`close` ends.
"""

from orquestrador.watching.changes import Change, Changes
from orquestrador.watching.comparing import Comparisons
from orquestrador.watching.cookies import Cookies
from orquestrador.watching.excludes import Excludes
from orquestrador.watching.inbox import Arrivals, Inbox
from orquestrador.watching.limits import (
    InotifyLimits,
    count_folders,
    inotify_limits,
    is_limit,
    watches_command,
)
from orquestrador.watching.news import News
from orquestrador.watching.opening import (
    Opened,
    Watch,
    WatchPlan,
    limit_reached,
    open_watch,
)
from orquestrador.watching.sent import Sent
from orquestrador.watching.settling import Settled, Settling
from orquestrador.watching.waiting import Waiting

__all__ = [
    "Arrivals",
    "Change",
    "Changes",
    "Comparisons",
    "Cookies",
    "Excludes",
    "Inbox",
    "InotifyLimits",
    "News",
    "Opened",
    "Sent",
    "Settled",
    "Settling",
    "Waiting",
    "Watch",
    "WatchPlan",
    "count_folders",
    "inotify_limits",
    "is_limit",
    "limit_reached",
    "open_watch",
    "watches_command",
]
