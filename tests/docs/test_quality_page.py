"""What docs/quality.md says of measures and points is what the program does."""

import re
from pathlib import Path

import msgspec
import pytest

from orquestrador.classification.measures import REPEATED_SIGNS
from orquestrador.classification.quality import MOST, Fault, score, taken
from orquestrador.messages import Quality

PAGE = (Path(__file__).parents[2] / "docs" / "quality.md").read_text(encoding="utf-8")
PLAIN = Quality(
    score=0,
    lines=100,
    code_lines=100,
    comment_lines=0,
    blank_lines=0,
    comment_share=0.1,
    functions=1,
    complexity=5,
    order_calls=4,
)
TAKES: list[tuple[dict[str, float], Fault, float]] = [
    ({"worst_complexity": 11}, "worst_complexity", 1),
    ({"complexity": 6}, "mean_complexity", 2),
    ({"longest_function": 60}, "longest_function", 1),
    ({"duplicated_lines": 1}, "duplicated_lines", 0.5),
    ({"magic_literals": 11}, "magic_literals", 0.5),
    ({"comment_share": 0.09}, "comment_share", 1),
    ({"strict": False}, "strict", 5),
    ({"unchecked_order_calls": 2}, "unchecked_order_calls", 7.5),
]


def blocks(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, PAGE, re.DOTALL | re.MULTILINE)


def test_every_measure_of_a_record_is_explained() -> None:
    fields = {field.name for field in msgspec.structs.fields(Quality)} - {"score"}
    table = PAGE.split("## The measures")[1].split("## Cyclomatic")[0]

    assert set(re.findall(r"`([a-z_]+)`", table)) >= fields
    assert f"at least {REPEATED_SIGNS} signs" in table


def test_every_fault_takes_at_most_what_the_page_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", PAGE, re.MULTILINE)

    assert {fault: float(most) for fault, most in rows} == MOST
    assert sum(MOST.values()) == 100


@pytest.mark.parametrize(("change", "fault", "points"), TAKES)
def test_a_fault_takes_what_the_page_says(
    change: dict[str, float], fault: Fault, points: float
) -> None:
    assert taken(
        PLAIN.replace(longest_function=50, magic_literals=10)
    ) == dict.fromkeys(MOST, 0.0)

    lost = taken(PLAIN.replace(**change))

    assert lost[fault] == pytest.approx(points)
    assert sum(lost.values()) == pytest.approx(points)
    assert score(PLAIN) == 100
