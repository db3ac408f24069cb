"""docs/labels.md: every code has its section; each piece of code bears its label."""

import re
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from orquestrador.classification import classify
from orquestrador.config.vocabulary import DANGERS, HYGIENE, PROTECTIONS, STRATEGIES
from orquestrador.messages import Facts, Kind, Language, Record
from orquestrador.messages.record import Verdict
from orquestrador.messages.sameness import Sameness

PAGE = Path(__file__).parents[2] / "docs" / "labels.md"
TEXT = PAGE.read_text(encoding="utf-8")
SUFFIXES = {"mql4": ".mq4", "mql5": ".mq5"}
CODES: dict[str, tuple[str, ...]] = {
    "Language": get_args(Language),
    "Kind": get_args(Kind),
    "Strategies": STRATEGIES,
    "Protections": PROTECTIONS,
    "Dangers": DANGERS,
    "Prop firm": get_args(Verdict),
    "Hygiene": HYGIENE,
}


class Section(NamedTuple):
    """What the page says of one label."""

    group: str
    code: str
    words: str


def sections() -> list[Section]:
    found: list[Section] = []
    for group, text in re.findall(
        r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE
    ):
        found += [
            Section(group, code, words)
            for code, words in re.findall(
                r"^### `(\w+)`[^\n]*\n(.*?)(?=^### |\Z)",
                text,
                re.DOTALL | re.MULTILINE,
            )
        ]
    return found


SECTIONS = sections()


def shown(text: str) -> Record:
    """Classify the first piece of code in a part of the page."""
    found = re.search(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    suffix = SUFFIXES.get(found[1], f".{found[1]}")
    return classify(found[2].encode(), f"shown{suffix}")


def said(record: Record, group: str) -> set[str]:
    """Return the codes of one group that a record bears."""
    match group:
        case "Language":
            return {record.language}
        case "Kind":
            return {record.kind}
        case "Strategies":
            return {each.label for each in record.strategies or ()}
        case "Hygiene":
            return {each.label for each in record.hygiene or ()}
        case "Prop firm":
            return {record.prop_firm.level} if record.prop_firm else set()
        case _:
            return {each.label for each in record.risk or ()}


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_its_section(group: str) -> None:
    assert [each.code for each in SECTIONS if each.group == group] == [*CODES[group]]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda each: f"{each.code}")
def test_the_code_shown_bears_the_label_and_the_words_say_what_does_not(
    section: Section,
) -> None:
    record = shown(section.words)

    assert section.code in said(record, section.group)
    assert "\nNot: " in section.words
    assert record.reason is None or record.language == "unknown"


def test_the_primary_strategy_of_an_entrys_family_is_that_of_its_section() -> None:
    families = {"trend_following", "breakout", "mean_reversion", "momentum"}
    for section in SECTIONS:
        if section.code in families:
            assert shown(section.words).primary == section.code


def test_each_fact_shown_is_what_the_code_says() -> None:
    part = TEXT.split("## Facts")[1].split("## Quality")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", part, re.MULTILINE))
    record = shown(part)
    facts = record.facts
    assert facts is not None
    assert rows.keys() == {*Facts.__struct_fields__, "symbols", "timeframes"}

    for name, cell in rows.items():
        known: Any = getattr(
            record if name in {"symbols", "timeframes"} else facts, name
        )
        if name == "inputs":
            known = [each.name for each in facts.inputs]
        values = [known] if isinstance(known, str) else [str(each) for each in known]
        assert re.findall(r"`([^`]+)`", cell) == values, name


def test_every_degree_of_sameness_is_told() -> None:
    part = TEXT.split("## Sameness")[1]

    assert tuple(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == get_args(
        Sameness
    )


def test_every_page_it_points_to_is_there() -> None:
    for page in re.findall(r"\]\(([\w-]+\.md)", TEXT):
        assert (PAGE.parent / page).exists(), page
