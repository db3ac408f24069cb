"""What docs/sameness.md shows works as it stands there; its rule is the program's."""

import json
import re
from pathlib import Path

from orquestrador.catalog.likeness import MOST_COMPARED
from orquestrador.catalog.reading import NEAR_SHARE
from orquestrador.classification.sketching import MOST_SHINGLES
from orquestrador.config import default_settings
from orquestrador.sameness.likeness import LEAST_SHARE
from orquestrador.sameness.merits import MERITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sameness.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_reasons_stand_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## The best")[2], re.MULTILINE)

    assert tuple(rows) == MERITS


def test_the_figures_are_the_program_s() -> None:
    (setting,) = blocks("json")
    share = json.loads(setting)["sameness"]["near_share"]
    assert share == default_settings().sameness.near_share == NEAR_SHARE
    assert f"the {MOST_SHINGLES} smallest at most" in PAGE
    assert f"{MOST_COMPARED} others at most" in PAGE
    assert f"It keeps what shares {LEAST_SHARE}" in PAGE
