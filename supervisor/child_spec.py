"""How a supervisor starts, stops and restarts one child."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import structs

from orquestrador.errors import ChildSpecError
from orquestrador.supervisor.backoff import Backoff
from orquestrador.supervisor.choices import (
    INFINITY,
    Factory,
    FailingAsk,
    Overflow,
    Restart,
    RestartingAsk,
)
from orquestrador.supervisor.decision import Decisions, are_decisions
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.seconds import is_seconds

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor


def _no_arguments() -> Mapping[str, Any]:
    return MappingProxyType({})


class ChildSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One child of a supervisor, described.

    Raises:
        ChildSpecError: if a value is not allowed; `code` has OTP's word for it.

    """

    id: str
    """Unique among the supervisor's children."""

    actor: Factory
    """Called with `args` and `kwargs` at every start, in the child's own thread."""

    args: tuple[Any, ...] = ()
    """Positional arguments of every start; a dynamic child's own come behind them."""

    kwargs: Mapping[str, Any] = msgspec.field(default_factory=_no_arguments)
    """Named ones; a dynamic child's own take their place. Copied, and read only."""

    restart: Restart = Restart.PERMANENT
    """After which end it is started again."""

    shutdown_s: float | None = -1.0
    """Seconds to stop in before it is fenced; 0 fences at once, None waits for
    ever. Left out: 5 for a worker, None for a supervisor."""

    name: str | None = None
    """Under which the system finds the ref; left out: `id`, for a static child."""

    redeliveries: int = 0
    """How often a message that made the actor fail is handled again."""

    failing_ask: FailingAsk = FailingAsk.RESTART
    """Whether an error that answers an ask or a request ends the incarnation too."""

    start_s: float | None = None
    """Seconds that constructor and `on_start` may take; None: any time."""

    stuck_after_s: float | None = None
    """Seconds that one message may take before the incarnation is replaced."""

    backoff: Backoff | None = None
    """How long to wait before each restart; None: not at all."""

    decisions: Decisions = ()
    """What an error means, by its type: see `decision`; left out: a restart."""

    significant: bool = False
    """Whether its end can end the supervisor (`SupervisorFlags.auto_shutdown`)."""

    restarting_ask: RestartingAsk = RestartingAsk.WAIT
    """Whether an ask waits for the next incarnation, or fails at once."""

    mailbox_limit: int | None = None
    """How many messages may wait; None: any number, at the lowest cost."""

    overflow: Overflow = Overflow.FAIL
    """What becomes of a message that finds `mailbox_limit` others; see `Overflow`."""

    overflow_wait_s: float | None = None
    """Seconds that `Overflow.WAIT` waits for room; None: as long as it takes."""

    stash_limit: int = 1000
    """How many messages the actor may put aside with `stash`."""

    codec: bool = False
    """Whether messages are MessagePack from the send until they are handled.

    So nothing that two actors could change is ever shared, and what is no data is
    `NotEncodableError` at the send.
    """

    codec_replies: bool = False
    """Whether replies are encoded too."""

    def __post_init__(self) -> None:
        """Check every value, and freeze the arguments."""
        _require(_is(self.id, str), "invalid_id", self.id)
        _require(self.id, "missing_id", self.id)
        _require(_makes_actors(self.actor), "invalid_mfa", self.actor)
        _require(_is(self.args, tuple), "invalid_mfa", self.args)
        _require(_is(self.kwargs, Mapping), "invalid_mfa", self.kwargs)
        _require(_is(self.restart, Restart), "invalid_restart_type", self.restart)
        _require(
            _is(self.failing_ask, FailingAsk),
            "invalid_failing_ask",
            self.failing_ask,
        )
        _require(
            self.backoff is None or _is(self.backoff, Backoff),
            "invalid_backoff",
            self.backoff,
        )
        _require(are_decisions(self.decisions), "invalid_decisions", self.decisions)
        _require(_is(self.significant, bool), "invalid_significant", self.significant)
        _require(
            type(self.redeliveries) is int and self.redeliveries >= 0,
            "invalid_redeliveries",
            self.redeliveries,
        )
        self._check_mailbox()
        _require(
            self.start_s is None or is_seconds(self.start_s, above=0),
            "invalid_start",
            self.start_s,
        )
        _require(
            self.stuck_after_s is None or is_seconds(self.stuck_after_s, above=0),
            "invalid_stuck_after",
            self.stuck_after_s,
        )
        if self.shutdown_s == -1.0:
            structs.force_setattr(
                self, "shutdown_s", INFINITY if self.is_supervisor() else 5.0
            )
        _require(
            self.shutdown_s is None or is_seconds(self.shutdown_s),
            "invalid_shutdown",
            self.shutdown_s,
        )
        structs.force_setattr(self, "kwargs", MappingProxyType(dict(self.kwargs)))

    def _check_mailbox(self) -> None:
        limit, wait_s = self.mailbox_limit, self.overflow_wait_s
        _require(
            limit is None or _is_count(limit, least=1), "invalid_mailbox_limit", limit
        )
        _require(_is(self.overflow, Overflow), "invalid_overflow", self.overflow)
        _require(wait_s is None or is_seconds(wait_s), "invalid_overflow_wait", wait_s)
        _require(
            _is_count(self.stash_limit, least=0),
            "invalid_stash_limit",
            self.stash_limit,
        )
        _require(_is(self.codec, bool), "invalid_codec", self.codec)
        _require(_is(self.codec_replies, bool), "invalid_codec", self.codec_replies)
        _require(
            _is(self.restarting_ask, RestartingAsk),
            "invalid_restarting_ask",
            self.restarting_ask,
        )

    def actor_class(self) -> "type[Actor] | None":
        """Return the class of the actor; None if a function makes it."""
        return cast("type[Actor]", self.actor) if isinstance(self.actor, type) else None

    def is_supervisor(self) -> bool:
        """Return whether the child is itself a supervisor."""
        return bool(getattr(self.actor, "is_supervisor", False))

    def allows_restart(self, reason: EndReason) -> bool:
        """Return whether a child that ended like this is started again."""
        match self.restart:
            case Restart.PERMANENT:
                return True
            case Restart.TRANSIENT:
                return reason.is_abnormal()
            case Restart.TEMPORARY:
                return False

    def with_arguments(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> "ChildSpec":
        """Return the spec of a dynamic child: the template's arguments, then these."""
        if not args and not kwargs:
            return self
        return structs.replace(
            self, args=self.args + args, kwargs={**self.kwargs, **kwargs}
        )

    def without_arguments(self) -> "ChildSpec":
        """Return the spec of a temporary child, which is never started again."""
        return structs.replace(self, args=(), kwargs={})


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind)


def _is_count(value: object, *, least: int) -> bool:
    return type(value) is int and value >= least


def _makes_actors(factory: object) -> bool:
    if isinstance(factory, type):
        return hasattr(factory, "ref_class")
    return callable(factory)


def _require(holds: object, code: str, value: object) -> None:
    if not holds:
        raise ChildSpecError(code, value)
