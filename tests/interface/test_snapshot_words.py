"""Why a snapshot was taken, in the screen's language."""

import ast
from pathlib import Path

from orquestrador.interface.snapshot_words import SNAPSHOT_REASONS, snapshot_reason
from orquestrador.interface.translation import choose
from orquestrador.snapshots.in_place import FOR_A_RESTORE

SOURCES = Path(__file__).parents[2]


def _said_in_the_code() -> set[str]:
    found: set[str] = set(FOR_A_RESTORE)
    for room in ("src", "actors"):
        for path in (SOURCES / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(call, ast.Call) and "TakeSnapshot" in ast.dump(call.func):
                    given = next(one for one in call.keywords if one.arg == "reason")
                    if isinstance(given.value, ast.Constant):
                        found.add(str(given.value.value))
    return found


def test_every_reason_that_the_code_gives_has_words() -> None:
    assert _said_in_the_code() <= SNAPSHOT_REASONS.keys()


def test_what_follows_a_reason_stays() -> None:
    portuguese = choose("pt_BR", {})

    assert snapshot_reason("on demand", portuguese) == "a pedido"
    assert snapshot_reason("before restoring 2026-x", portuguese).endswith(" 2026-x")
    assert "restoring" not in snapshot_reason("before restoring 2026-x", portuguese)
    assert snapshot_reason("on demander", portuguese) == "on demander"
