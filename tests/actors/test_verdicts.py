"""The settings' profile judges in every engine, and another one judges anew, once."""

from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.classification import classify
from orquestrador.config.profiles import own_profile, parse_profile

# A grid with a stop on each order: FTMO may have it, others may not.
GRID = b"""
input int StopLoss = 50;
void OnTick() {
   for (int i = 0; i < 5; i++)
      OrderSend(Symbol(), OP_BUYLIMIT, 0.1, Ask - i * 100 * Point, 3,
                Ask - StopLoss * Point, 0);
}
"""
PROFILE = """
id = "minha_mesa"
version = "7"
name = "Minha mesa rígida"
source = "O contrato."
address = ""
date = "2025"
ready_from = 100

[[rule]]
id = "stop"
words = { en = "There is a stop" }
weight = 1
met_by = ["risk.stop_loss"]
broken_by = ["strategies.martingale", "risk.lot_multiplier", "risk.no_stop_loss"]
required = true
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    root.mkdir()
    (root / "Grade.mq4").write_bytes(GRID)
    (root / "mesa.toml").write_text(PROFILE, encoding="utf-8")
    return root


def classified(library: Path, **settings: Any) -> int:
    """Classify the library; returns how many contents were."""
    given = {"classification": settings}
    with Orchestrator(library, settings=given, monitor=False) as system:
        run = system.classify(backup=False, report=False)
        return run.result(timeout=60).classified


@pytest.mark.parametrize("engine", ["inline", "processes"])
def test_a_file_of_the_user_judges_as_it_does_without_actors(
    library: Path, engine: str
) -> None:
    chosen = {"prop_firm": "minha_mesa", "profiles": ["mesa.toml"]}
    settings = {"classification": {"engine": engine, "workers": 1, **chosen}}
    profile = parse_profile(PROFILE.encode(), "mesa.toml")

    with Orchestrator(library, settings=settings, monitor=False) as system:
        system.classify(backup=False, report=False).result(timeout=60)
        (record,) = system.search()

    alone = classify(GRID, "Grade.mq4", profile=profile)
    assert record == alone
    assert record.prop_firm is not None
    assert (record.prop_firm.profile, record.prop_firm.version) == ("minha_mesa", "7")


def test_another_profile_judges_every_content_anew_and_then_no_more(
    library: Path,
) -> None:
    inline = {"engine": "inline"}

    assert classified(library, **inline) == 1
    assert classified(library, **inline) == 0
    assert classified(library, **inline, prop_firm="cautious") == 1
    assert classified(library, **inline, prop_firm="cautious") == 0


def test_a_profile_that_has_changed_judges_anew(library: Path) -> None:
    chosen = {"prop_firm": "minha_mesa", "profiles": ["mesa.toml"]}
    heavier = PROFILE.replace("ready_from = 100", "ready_from = 50")

    assert classified(library, engine="inline", **chosen) == 1
    (library / "mesa.toml").write_text(heavier, encoding="utf-8")
    assert classified(library, engine="inline", **chosen) == 1


def test_the_default_profile_of_the_settings_is_that_of_classify(
    library: Path,
) -> None:
    with Orchestrator(library, settings={"engine": "inline"}, monitor=False) as system:
        system.classify(backup=False, report=False).result(timeout=60)
        (record,) = system.search()

    assert record == classify(GRID, "Grade.mq4", profile=own_profile())
    assert record == classify(GRID, "Grade.mq4")
