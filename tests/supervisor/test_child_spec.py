"""What a child spec and a supervisor's flags may say."""

import itertools
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    BRUTAL_KILL,
    IGNORE,
    INFINITY,
    ActorSystem,
    AutoShutdown,
    ChildRequestError,
    ChildSpec,
    ChildSpecError,
    Ignore,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.testkit import Puppet

FLAGS = SupervisorFlags()
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC)
CHILD = ChildSpec(id="a", actor=Puppet)


def ignore() -> Ignore:
    return IGNORE


def test_defaults_are_filled_in(system: ActorSystem) -> None:
    """OTP: sup_start_map."""
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="child1", actor=Puppet),
            ChildSpec(id="child2", actor=Puppet, shutdown_s=BRUTAL_KILL),
            ChildSpec(id="child3", actor=Supervisor, args=(FLAGS,)),
        ],
        system=system,
    )

    first, second, third = (
        top.get_child_spec(each) for each in ("child1", "child2", "child3")
    )
    assert (first.restart, first.shutdown_s) == (Restart.PERMANENT, 5.0)
    assert not first.is_supervisor()
    assert second.shutdown_s == BRUTAL_KILL
    assert third.shutdown_s is INFINITY
    assert third.is_supervisor()
    with pytest.raises(ChildRequestError, match="not_found"):
        top.get_child_spec("child4")


def test_a_dynamic_child_has_its_templates_spec(system: ActorSystem) -> None:
    """OTP: sup_start_map_simple."""
    template = ChildSpec(id="w", actor=Puppet, restart=Restart.TEMPORARY)
    flags = SupervisorFlags(strategy=Strategy.DYNAMIC)
    top = Supervisor.start(flags, [template], system=system)

    refs = [top.start_child() for _ in range(3)]

    for ref in refs:
        assert ref is not None
        spec = top.get_child_spec(ref)
        assert (spec.id, spec.restart, spec.significant) == (
            "w",
            Restart.TEMPORARY,
            False,
        )
    with pytest.raises(ChildRequestError, match="not_found"):
        top.get_child_spec(top)


def test_a_spec_needs_an_id_and_an_actor_and_knows_no_other_word() -> None:
    """OTP: sup_start_map_faulty_specs; stricter: an unknown word is an error."""
    for words in ({"actor": Puppet}, {"id": "a"}, {"id": "a", "actor": Puppet, "x": 1}):
        with pytest.raises(TypeError):
            ChildSpec(**words)  # type: ignore[arg-type]
    with pytest.raises(ChildSpecError, match="missing_id"):
        ChildSpec(id="", actor=Puppet)


def test_something_that_is_no_spec_is_refused_before_anything_starts(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_map_faulty_specs."""
    started: list[object] = []
    first = ChildSpec(id="a", actor=Puppet, kwargs={"start": started.append})

    with pytest.raises(ChildSpecError, match=r"invalid_child_spec: 'rubbish'"):
        Supervisor.start(FLAGS, [first, "rubbish"], system=system)  # type: ignore[list-item]

    assert started == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_mfa", {"actor": "Puppet"}),
        ("invalid_mfa", {"actor": pykka.ThreadingActor}),
        ("invalid_mfa", {"args": [1]}),
        ("invalid_mfa", {"kwargs": [("a", 1)]}),
        ("invalid_restart_type", {"restart": "prmanent"}),
        ("invalid_shutdown", {"shutdown_s": -2.0}),
        ("invalid_shutdown", {"shutdown_s": float("nan")}),
        ("invalid_shutdown", {"shutdown_s": "brutal"}),
        ("invalid_significant", {"significant": 1}),
        ("invalid_failing_ask", {"failing_ask": "return"}),
        ("invalid_redeliveries", {"redeliveries": -1}),
        ("invalid_stuck_after", {"stuck_after_s": 0}),
        ("invalid_start", {"start_s": 0}),
        ("invalid_id", {"id": 7}),
    ],
)
def test_a_faulty_value_is_named(code: str, words: dict[str, Any]) -> None:
    """OTP: child_specs, child_specs_map."""
    spec: dict[str, Any] = {"id": "a", "actor": Puppet, **words}
    with pytest.raises(ChildSpecError) as caught:
        ChildSpec(**spec)
    assert caught.value.code == code


def test_every_combination_but_the_senseless_ones_is_accepted() -> None:
    """OTP: child_specs, child_specs_map."""
    modes: list[dict[str, Any]] = [{}, *({"auto_shutdown": m} for m in AutoShutdown)]
    restarts: list[dict[str, Any]] = [{}, *({"restart": each} for each in Restart)]
    limits = (BRUTAL_KILL, 0.001, 0.5, 1, 5, 60.0, 3600.0, 86400.0, INFINITY)
    shutdowns: list[dict[str, Any]] = [{}, *({"shutdown_s": each} for each in limits)]
    importances: list[dict[str, Any]] = [
        {},
        *({"significant": each} for each in (True, False)),
    ]
    accepted = refused = 0
    for mode, restart, shutdown, actor, importance in itertools.product(
        modes, restarts, shutdowns, (Puppet, Supervisor, ignore), importances
    ):
        flags = SupervisorFlags(**mode)
        spec = ChildSpec(id="a", actor=actor, **restart, **shutdown, **importance)
        if spec.significant and (
            flags.auto_shutdown is AutoShutdown.NEVER
            or spec.restart is Restart.PERMANENT
        ):
            with pytest.raises(ChildSpecError, match="bad_combination"):
                flags.check(spec)
            refused += 1
        else:
            assert flags.check(spec) is spec
            accepted += 1
    # A third is significant; three quarters of those mean nothing, for never and
    # permanent are what is meant when nothing is said.
    assert (accepted, refused) == (1080, 360)


@pytest.mark.parametrize(
    ("code", "flags", "specs"),
    [
        ("duplicate_child_name", FLAGS, [CHILD, CHILD]),
        ("invalid_child_spec", FLAGS, [CHILD, None]),
        ("badarg", FLAGS, CHILD),
        ("bad_start_spec", DYNAMIC, []),
        ("bad_start_spec", DYNAMIC, [CHILD, ChildSpec(id="b", actor=Puppet)]),
        (
            "bad_combination",
            FLAGS,
            [
                CHILD,
                ChildSpec(
                    id="b", actor=Puppet, restart=Restart.TRANSIENT, significant=True
                ),
            ],
        ),
    ],
)
def test_a_supervisor_does_not_start_with_faulty_specs(
    system: ActorSystem, code: str, flags: SupervisorFlags, specs: Any
) -> None:
    """OTP: child_specs, child_specs_map."""
    with pytest.raises(ChildSpecError) as caught:
        Supervisor.start(flags, specs, system=system)

    assert caught.value.code == code
    assert system.snapshot() == ()


@pytest.mark.parametrize("spec", [None, "rubbish", [CHILD], {"id": "a"}])
def test_a_faulty_spec_is_not_added(system: ActorSystem, spec: Any) -> None:
    """OTP: child_specs, child_specs_map."""
    top = Supervisor.start(FLAGS, system=system)

    with pytest.raises(ChildSpecError, match="invalid_child_spec"):
        top.start_child(spec)

    assert top.which_children() == ()


def test_ids_are_unique_and_a_dynamic_supervisor_has_one_template() -> None:
    """OTP: child_specs."""
    spec = ChildSpec(id="a", actor=Puppet)
    with pytest.raises(ChildSpecError, match="duplicate_child_name: 'a'"):
        FLAGS.check_all([spec, spec])
    dynamic = SupervisorFlags(strategy=Strategy.DYNAMIC)
    for specs in ([], [spec, ChildSpec(id="b", actor=Puppet)]):
        with pytest.raises(ChildSpecError, match="bad_start_spec"):
            dynamic.check_all(specs)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_strategy", {"strategy": "one_for_none"}),
        ("invalid_intensity", {"intensity": float("inf")}),
        ("invalid_intensity", {"intensity": -1}),
        ("invalid_period", {"period_s": 0}),
        ("invalid_period", {"period_s": float("inf")}),
        ("invalid_auto_shutdown", {"auto_shutdown": "any"}),
    ],
)
def test_a_faulty_flag_is_named(code: str, words: dict[str, Any]) -> None:
    """OTP: sup_flags."""
    with pytest.raises(ChildSpecError) as caught:
        SupervisorFlags(**words)
    assert caught.value.code == code


def test_flags_of_another_type_are_refused(system: ActorSystem) -> None:
    """OTP: sup_flags; stricter: an unknown flag is an error."""
    with pytest.raises(ChildSpecError, match="invalid_type"):
        Supervisor.start("flags", system=system)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        SupervisorFlags(extra=1)  # type: ignore[call-arg]


def test_a_spec_cannot_be_changed_through_what_it_was_made_of() -> None:
    arguments = {"start": None}
    spec = ChildSpec(id="a", actor=Puppet, kwargs=arguments)

    arguments["stop"] = None

    assert dict(spec.kwargs) == {"start": None}
    with pytest.raises(AttributeError):
        spec.id = "b"  # type: ignore[misc]
