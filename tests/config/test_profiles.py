"""Prop-firm profiles: the program's own, the user's, and what is wrong with one."""

from pathlib import Path

import pytest

from orquestrador.config import default_settings, load_settings
from orquestrador.config.profiles import (
    DEFAULT,
    MOST_CHARACTERS,
    Profile,
    Words,
    chosen_profile,
    decoded_profile,
    own_profile,
    parse_profile,
    profile_names,
)
from orquestrador.config.vocabulary import DANGERS, GROUPS, PROTECTIONS, STRATEGIES
from orquestrador.errors import SettingsError
from orquestrador.reports import labels

SOUND = """
id = "mine"
version = "3"
name = "My firm"
source = "Its contract."
address = ""
date = "2025-02"
ready_from = 60

[[rule]]
id = "stop"
words = { en = "There is a stop" }
weight = 3
met_by = ["risk.stop_loss"]
broken_by = ["risk.no_stop_loss"]
required = true

[[rule]]
id = "lots"
words = { en = "Lots stay", pt_BR = "Os lotes ficam" }
weight = 2
broken_by = ["strategies.martingale", "risk.lot_multiplier"]
required = true
unsuitable = true
"""


def mine(changed: str = "", to: str = "") -> Profile:
    assert changed in SOUND
    return parse_profile(SOUND.replace(changed, to).encode(), "mine.toml")


def library_with(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def chosen(library: Path, wanted: str, *files: str) -> Profile:
    overrides = {
        "classification.prop_firm": wanted,
        "classification.profiles": list(files),
    }
    return chosen_profile(default_settings(overrides).classification, library)


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_of_the_program_says_where_it_is_from(name: str) -> None:
    profile = own_profile(name)

    assert profile.id == name
    assert len(profile.source) > 100
    assert all(rule.words.en and rule.words.pt_br for rule in profile.rule)


def test_ftmo_is_the_default_and_names_its_publisher() -> None:
    assert own_profile().id == DEFAULT == default_settings().classification.prop_firm
    assert own_profile().address.startswith("https://ftmo.com/")


def test_the_profiles_of_the_program_differ_in_more_than_their_names() -> None:
    ftmo, cautious = own_profile("ftmo"), own_profile("cautious")

    assert ftmo.ready_from != cautious.ready_from
    assert {(rule.id, rule.weight) for rule in ftmo.rule} != {
        (rule.id, rule.weight) for rule in cautious.rule
    }
    assert {rule.id for rule in ftmo.rule if rule.required} != {
        rule.id for rule in cautious.rule if rule.required
    }


def test_labels_that_a_profile_may_name_are_those_that_people_read() -> None:
    assert tuple(labels.STRATEGIES) == STRATEGIES
    assert tuple(labels.PROTECTIONS) == PROTECTIONS
    assert tuple(labels.DANGERS) == DANGERS
    assert GROUPS["hygiene"] == tuple(labels.HYGIENE)


def test_a_profile_travels_as_ascii_text() -> None:
    profile = own_profile()

    assert decoded_profile(profile.encoded()) == profile
    assert profile.encoded().isascii()


def test_words_nobody_translated_are_english() -> None:
    stop, lots = mine().rule

    assert stop.words.spoken("pt_BR") == "There is a stop"
    assert lots.words.spoken("pt_BR") == "Os lotes ficam"
    assert Words(en="a", pt_br="b").spoken("en") == "a"


@pytest.mark.parametrize(
    ("changed", "to", "problem"),
    [
        ('id = "mine"\n', "", r"mine\.toml: .*missing required field `id`"),
        ("weight = 3", "wieght = 3", r"mine\.toml: .*`wieght`.*\$\.rule\[0\]"),
        ("weight = 3", "weight = 0", r"mine\.toml: .*\$\.rule\[0\]\.weight"),
        ("ready_from = 60", "ready_from = 101", r"mine\.toml: .*\$\.ready_from"),
        ('date = "2025-02"', 'date = "now"', r"mine\.toml: .*\$\.date"),
        ('id = "lots"', 'id = "stop"', r"mine\.toml: rule\[1\]\.id: stop is"),
        (
            '"risk.lot_multiplier"',
            '"risk.lot_multiplyer", "risk.lot_multiplier"',
            r"rule\[1\]\.broken_by: 'risk\.lot_multiplyer'.*mean risk\.lot_multiplier",
        ),
        ('met_by = ["risk.stop_loss"]', 'met_by = ["stop_loss"]', r"rule\[0\]\.met_by"),
        (
            'broken_by = ["strategies.martingale", "risk.lot_multiplier"]\n',
            "",
            r"rule\[1\]: lots needs met_by or broken_by",
        ),
        ("[[rule]]", "[[rule", r"mine\.toml: is not TOML: .*line"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(
    changed: str, to: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        mine(changed, to)


@pytest.mark.parametrize(
    ("changed", "to", "label"),
    [
        ('"strategies.martingale", ', "", r"strategies\.martingale"),
        (', "risk.lot_multiplier"', "", r"risk\.lot_multiplier"),
        (
            'broken_by = ["risk.no_stop_loss"]\n',
            'broken_by = ["risk.no_stop_loss"]\nunless = ["risk.take_profit"]\n',
            r"risk\.no_stop_loss",
        ),
        (
            'met_by = ["risk.stop_loss"]',
            'met_by = ["risk.stop_loss", "risk.trailing_stop"]',
            r"risk\.stop_loss",
        ),
        ("required = true\nunsuitable", "unsuitable", r"risk\.lot_multiplier"),
    ],
)
def test_a_profile_that_would_call_a_danger_ready_is_refused(
    changed: str, to: str, label: str
) -> None:
    with pytest.raises(SettingsError, match=rf"required = true must have .*{label}"):
        mine(changed, to)


def test_a_profile_too_long_for_a_command_line_is_refused() -> None:
    rule = '\n[[rule]]\nid = "r{}"\nweight = 1\nmet_by = ["risk.stop_loss"]\n'
    words = f'words = {{ en = "{"x" * 500}" }}\n'
    many = "".join(rule.format(each) + words for each in range(50))

    with pytest.raises(SettingsError, match=f"longer than {MOST_CHARACTERS}"):
        parse_profile((SOUND + many).encode(), "mine.toml")


def test_settings_choose_a_profile_of_the_program(tmp_path: Path) -> None:
    assert chosen(tmp_path, "cautious") == own_profile("cautious")


def test_settings_choose_a_file_relative_to_the_library(tmp_path: Path) -> None:
    library = library_with(tmp_path, firm="\ufeff" + SOUND)

    assert chosen(library, "mine", "firm.toml") == mine()
    assert chosen(library, "ftmo", "firm.toml") == own_profile()


def test_a_file_wins_over_the_profile_of_the_program(tmp_path: Path) -> None:
    newer = SOUND.replace('"mine"', '"ftmo"')

    assert chosen(library_with(tmp_path, a=newer), "ftmo", "a.toml").version == "3"


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    library = library_with(tmp_path, a=SOUND, b=SOUND)

    with pytest.raises(SettingsError, match=r"a\.toml and .*b\.toml both"):
        chosen(library, "mine", "a.toml", "b.toml")


def test_settings_that_name_no_profile_are_refused_with_the_nearest(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsError, match="did you mean cautious"):
        chosen(tmp_path, "cautios")
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read"):
        chosen(tmp_path, "ftmo", "gone.toml")
    with pytest.raises(SettingsError, match="id of a profile"):
        chosen(tmp_path, "../ftmo")


def test_settings_are_loaded_only_with_a_profile_that_can_be_used(
    tmp_path: Path,
) -> None:
    library = library_with(tmp_path, firm=SOUND.replace("weight = 3", "weight = -3"))
    classification = {"prop_firm": "mine", "profiles": ["firm.toml"]}

    with pytest.raises(SettingsError, match=r"firm\.toml: .*weight"):
        load_settings(library, overrides={"classification": classification})


@pytest.mark.parametrize(
    "name", ["\x1b", "a\x00b", "\ud800", "~nobody-here/mine.toml", ".", "missing.toml"]
)
def test_a_place_that_cannot_be_read_is_said_so_that_it_can_be_seen(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        chosen(tmp_path, "ftmo", name)

    (problem,) = caught.value.problems
    assert "classification.profiles: " in problem
    assert problem.isprintable()
