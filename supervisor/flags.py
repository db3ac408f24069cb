"""How a supervisor treats its children together."""

import enum
from collections.abc import Sequence

import msgspec

from orquestrador.errors import ChildSpecError
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import Restart
from orquestrador.supervisor.seconds import is_seconds
from orquestrador.supervisor.strategy import Strategy


class AutoShutdown(enum.Enum):
    """Whether the end of significant children ends their supervisor."""

    NEVER = "never"
    """It does not."""

    ANY_SIGNIFICANT = "any_significant"
    """When the first of them has ended by itself."""

    ALL_SIGNIFICANT = "all_significant"
    """When the last of them has."""


class SupervisorFlags(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor's own settings.

    More than `intensity` restarts within the last `period_s` seconds end it.

    Raises:
        ChildSpecError: if a value is not allowed; `code` has OTP's word for it.

    """

    strategy: Strategy = Strategy.ONE_FOR_ONE
    """Which children are restarted with the one that failed."""

    intensity: int = 1
    """How many restarts are allowed within `period_s`; 0 allows none."""

    period_s: float = 5.0
    """Seconds, above 0, that a restart counts."""

    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    """Whether the end of significant children ends the supervisor."""

    def __post_init__(self) -> None:
        """Check every value."""
        _require_type(self.strategy, Strategy, "invalid_strategy")
        if type(self.intensity) is not int or self.intensity < 0:
            raise ChildSpecError("invalid_intensity", self.intensity)
        if not is_seconds(self.period_s, above=0):
            raise ChildSpecError("invalid_period", self.period_s)
        _require_type(self.auto_shutdown, AutoShutdown, "invalid_auto_shutdown")
        dynamic = self.strategy is Strategy.DYNAMIC
        if dynamic and self.auto_shutdown is not AutoShutdown.NEVER:
            raise ChildSpecError("bad_combination", self)

    def check(self, spec: object) -> ChildSpec:
        """Return a child spec that these flags allow.

        Raises:
            ChildSpecError: `invalid_child_spec` for anything else than a spec;
                `bad_combination` for a significant child that is permanent, or
                whose end would mean nothing.

        """
        if not isinstance(spec, ChildSpec):
            raise ChildSpecError("invalid_child_spec", spec)
        if spec.significant and (
            self.auto_shutdown is AutoShutdown.NEVER
            or spec.restart is Restart.PERMANENT
        ):
            raise ChildSpecError("bad_combination", spec)
        return spec

    def check_all(self, specs: Sequence[object]) -> tuple[ChildSpec, ...]:
        """Return the specs of a whole supervisor.

        Raises:
            ChildSpecError: as in `check`; `badarg` if it is no list or tuple;
                `duplicate_child_name` for an id used twice; `bad_start_spec` if a
                dynamic supervisor has not exactly one.

        """
        if not isinstance(specs, list | tuple):
            raise ChildSpecError("badarg", specs)
        checked = tuple(self.check(spec) for spec in specs)
        if self.strategy is Strategy.DYNAMIC and len(checked) != 1:
            raise ChildSpecError("bad_start_spec", checked)
        ids = [spec.id for spec in checked]
        for each in ids:
            if ids.count(each) > 1:
                raise ChildSpecError("duplicate_child_name", each)
        return checked


def _require_type(value: object, kind: type, code: str) -> None:
    if not isinstance(value, kind):
        raise ChildSpecError(code, value)
