"""docs/prop-firm.md shows a profile and settings that work as they stand there."""

import re
from pathlib import Path

import pytest

from orquestrador.config import load_settings
from orquestrador.config.profiles import (
    ProfileRule,
    chosen_profile,
    parse_profile,
    profile_names,
)

PAGE = Path(__file__).parents[2] / "docs" / "prop-firm.md"
TEXT = PAGE.read_text(encoding="utf-8")


def shown(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    return text


def test_the_profile_shown_is_one() -> None:
    profile = parse_profile(shown("toml").encode(), PAGE.name)

    assert [rule.id for rule in profile.rule] == ["stop", "lots", "grids"]


def test_the_settings_shown_choose_a_profile(tmp_path: Path) -> None:
    (tmp_path / "my_firm.toml").write_text(shown("toml"), encoding="utf-8")
    (tmp_path / "orquestrador.json").write_text(shown("json"), encoding="utf-8")

    settings = load_settings(tmp_path).settings.classification

    assert chosen_profile(settings, tmp_path).id == settings.prop_firm == "cautious"


@pytest.mark.parametrize("key", ProfileRule.__struct_fields__)
def test_every_key_of_a_rule_is_explained(key: str) -> None:
    assert f"| `{key}` |" in TEXT


def test_every_profile_of_the_program_is_named() -> None:
    assert all(f"`{name}`" in TEXT for name in profile_names())
