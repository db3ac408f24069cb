"""Rule packs and vocabularies of the user's: what they say, and what is wrong."""

from pathlib import Path

import pytest

from orquestrador.config import default_settings, load_settings
from orquestrador.config.own_rules import (
    OfferedClassifier,
    OwnRules,
    chosen_own_rules,
    decoded_own_rules,
)
from orquestrador.config.rule_packs import shipped_rules
from orquestrador.errors import SettingsError

STRATEGY = shipped_rules()["strategies"][0].id
RISK = shipped_rules()["risk"][0].id
PACK = f"""
prefix = "my"
group = "strategies"
off = ["{STRATEGY}"]

[[rule]]
id = "my.renko.bricks"
label = "my.renko"
weight = 3.0
any = ["RenkoBrick"]
example = "void OnTick() {{ RenkoBrick(); }}"
counterexample = "void OnTick() {{ }}"
"""
WORDS = """
[symbols]
WIN = ["WINFUT", "win$"]

[words]
"my.renko.bricks" = ["tijolo"]
"""


def chosen(
    library: Path, packs: tuple[str, ...] = (), vocabularies: tuple[str, ...] = ()
) -> OwnRules | None:
    """Write packs and vocabularies into a library, and choose them."""
    names: dict[str, list[str]] = {}
    for kind, texts in (("rule_packs", packs), ("vocabularies", vocabularies)):
        for number, text in enumerate(texts):
            name = f"{kind}-{number}.toml"
            (library / name).write_text(text, encoding="utf-8")
            names.setdefault(f"classification.{kind}", []).append(name)
    return chosen_own_rules(default_settings(names).classification, library)


def test_without_files_there_is_nothing_of_the_users(tmp_path: Path) -> None:
    assert chosen(tmp_path) is None


def test_a_pack_and_a_vocabulary_are_read(tmp_path: Path) -> None:
    words = WORDS.replace("my.renko.bricks", "my.renko.words")
    pack = PACK.replace('any = ["RenkoBrick"]', 'words = ["renko"]')
    own = chosen(tmp_path, (pack.replace("bricks", "words"),), (words,))

    assert own is not None
    (rule,) = own.rules
    assert (rule.group, rule.origin) == ("strategies", "rule_packs-0.toml")
    assert (rule.definition.label, rule.definition.version) == ("my.renko", 1)
    assert own.off == (STRATEGY,)
    assert own.words == (("my.renko.words", ("tijolo",)),)
    assert dict(own.symbols) == {"WIN": "WIN", "WINFUT": "WIN", "WIN$": "WIN"}
    assert (STRATEGY, "rule_packs-0.toml") in own.changes


def test_what_travels_decides_the_same_and_leaves_examples_and_places_behind(
    tmp_path: Path,
) -> None:
    own = chosen(tmp_path, (PACK,))
    assert own is not None
    travelled = decoded_own_rules(own.encoded())

    assert travelled.version() == own.version()
    assert travelled.rules[0].definition.any == ("RenkoBrick",)
    assert not travelled.rules[0].definition.example
    assert "rule_packs-0" not in own.encoded()


def test_the_version_is_another_one_for_another_rule_but_not_for_another_example(
    tmp_path: Path,
) -> None:
    versions = {
        own.version()
        for text in (
            PACK,
            PACK.replace("{ }", "{ int i; }"),
            PACK.replace("weight = 3.0", "weight = 2.5"),
        )
        if (own := chosen(tmp_path, (text,)))
    }

    assert len(versions) == 2


def test_the_version_names_the_classifiers_of_other_packages() -> None:
    offered = OfferedClassifier(name="renko", value="a:b", version="1.4")

    assert OwnRules(classifiers=(offered,)).version() == "+renko=1.4"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('prefix = "my"\n', "", r"rule_packs-0\.toml: .*required field `prefix`"),
        ("any = [", "ayn = [", r"rule_packs-0\.toml: .*`ayn`.*\$\.rule\[0\]"),
        ("weight = 3.0", "weight = 0", r"\$\.rule\[0\]\.weight"),
        ("[[rule]]", "[[rule", r"rule_packs-0\.toml: is not TOML"),
        ('"strategies"', '"symbols"', r"\$\.group"),
        ('id = "my.', 'id = "yours.', r"rule\[0\]\.id: yours.* begin with my\."),
        ('"my.renko"', '"gird"', r"rule\[0\]\.label: gird .*did you mean grid"),
        ('"my.renko"', '"stop_loss"', r"stop_loss is no label of strategies"),
        (STRATEGY, "grid.stpe", r"off: there is no rule 'grid\.stpe'"),
        ('prefix = "my"', 'prefix = "grid"', r"prefix: 'grid' begins the program's"),
        ('"void OnTick() { }"', '" "', r"rule\[0\]\.counterexample: shows no code"),
        ("RenkoBrick", "x" * 101, r"\$\.rule\[0\]\.any\[0\]"),
        (
            'any = ["RenkoBrick"]',
            f"code = '{'x' * 501}'",
            r"\$\.rule\[0\]\.code",
        ),
        ('any = ["RenkoBrick"]', 'words = ["a b"]', r"\$\.rule\[0\]\.words\[0\]"),
    ],
)
def test_what_is_wrong_with_a_pack_is_said_with_file_and_key(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in PACK
    with pytest.raises(SettingsError, match=problem):
        chosen(tmp_path, (PACK.replace(old, new, 1),))


@pytest.mark.parametrize(
    ("vocabulary", "problem"),
    [
        ('[words]\n"my.renko.bricks" = ["tijolo"]', "does not ask for words"),
        ('[words]\n"my.renko.brick" = ["tijolo"]', "did you mean my.renko.bricks"),
        ('[symbols]\nWIN = ["MINI"]\nWDO = ["mini"]', "MINI is WIN and WDO"),
        ('[symbols]\nwin = ["MINI"]', r"vocabularies-0\.toml: .*symbols"),
        ('[words]\nx = ["a', "is not TOML"),
        ("[wrods]\n", "wrods"),
    ],
)
def test_what_is_wrong_with_a_vocabulary_is_said_with_file_and_key(
    tmp_path: Path, vocabulary: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        chosen(tmp_path, (PACK,), (vocabulary,))


def test_a_rule_is_defined_once_and_changed_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the id of an earlier rule") as caught:
        chosen(tmp_path, (PACK, PACK))

    assert any("changed more than once" in each for each in caught.value.problems)


def test_only_rules_of_strategies_have_weights(tmp_path: Path) -> None:
    weights = f'prefix = "my"\ngroup = "risk"\n[weights]\n"{RISK}" = 2.0\n'

    with pytest.raises(SettingsError, match="is no rule of strategies"):
        chosen(tmp_path, (weights,))


def test_settings_are_loaded_only_with_packs_that_can_be_used(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read"):
        load_settings(tmp_path, overrides={"classification.rule_packs": ["gone.toml"]})
