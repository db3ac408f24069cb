"""The user's rules and classifiers in every engine; other ones classify anew, once."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.classification import classify
from orquestrador.classification.usable import usable_own_rules
from orquestrador.config import default_settings
from orquestrador.errors import SettingsError
from orquestrador.messages import Record

SOURCE = b"""
void OnTick() {
  if (RenkoBrick(20) > 0) OrderSend("WINFUT", OP_BUY, 0.1, Ask, 3, Ask - 50, 0);
}
double RenkoBrick(int size) { return iClose(NULL, 0, size); }
"""
PACK = """
prefix = "my"
group = "strategies"

[[rule]]
id = "my.renko.bricks"
label = "my.renko"
weight = 3.0
any = ["RenkoBrick"]
example = '''
void OnTick() { if (RenkoBrick(20) > 0) OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }
'''
counterexample = "void OnTick() { }"
"""
MODULE = """
import sys

from orquestrador.classification.extending import ExtraLabel

def find(source):
    for number, line in enumerate(source.code.splitlines(), 1):
        if "RenkoBrick" in line:
            yield ExtraLabel(group="strategies", label="renko.bricks", lines=(number,))
            return

def hygiene(source):
    return [ExtraLabel(group="hygiene", label="renko.untidy", lines=(1,))]

def fails(source):
    raise ValueError(source.language + "\\x1b[2J")

def hangs(source):
    while True:
        pass

def leaves(source):
    sys.exit(3)

def changes(source):
    source.text = ""

def text(source):
    return ["renko"]

def beyond(source):
    return [ExtraLabel(group="strategies", label="renko.bricks", lines=(99,))]

def unknown(source):
    return [ExtraLabel(group="risk", label="gird", lines=(1,))]
"""
Offer = Callable[[str, str], None]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    root.mkdir()
    (root / "Renko.mq4").write_bytes(SOURCE)
    (root / "mine.toml").write_text(PACK, encoding="utf-8")
    words = '[symbols]\nWIN = ["WINFUT"]'
    (root / "words.toml").write_text(words, encoding="utf-8")
    return root


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Return what installs a package that offers a classifier, in some version."""
    site = tmp_path / "site"

    def install(value: str, version: str = "1.4") -> None:
        info = site / "renko_pkg-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: renko-pkg\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(
            f"[orquestrador.classifiers]\nrenko = {value}\n"
        )
        (site / "renko_offered.py").write_text(MODULE)
        if str(site) not in sys.path:
            monkeypatch.setattr(sys, "path", [str(site), *sys.path])
        # The worker process finds packages where this one does.
        monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
        monkeypatch.delitem(sys.modules, "renko_offered", raising=False)

    return install


def run(library: Path, **settings: Any) -> tuple[int, Record]:
    """Classify the library; returns how many contents were, and the record."""
    given = {"classification": {"engine": "inline", "workers": 1, **settings}}
    with Orchestrator(library, settings=given, monitor=False) as system:
        handle = system.classify(backup=False, report=False)
        classified = handle.result(timeout=60).classified
        (record,) = system.search()
    return classified, record


def strategies(record: Record) -> set[str]:
    return {each.label for each in record.strategies or ()}


@pytest.mark.parametrize("engine", ["inline", "processes"])
def test_the_users_files_count_as_they_do_without_actors(
    library: Path, engine: str
) -> None:
    files = {"rule_packs": ["mine.toml"], "vocabularies": ["words.toml"]}
    _, record = run(library, engine=engine, **files)

    settings = default_settings({"classification": files}).classification
    own = usable_own_rules(settings, library)
    assert record == classify(SOURCE, "Renko.mq4", own=own)
    assert "my.renko" in strategies(record)
    assert record.symbols == ("WIN",)


def test_other_rules_classify_every_content_anew_and_then_no_more(
    library: Path,
) -> None:
    mine = {"rule_packs": ["mine.toml"]}

    assert [run(library)[0], run(library)[0]] == [1, 0]
    assert [run(library, **mine)[0], run(library, **mine)[0]] == [1, 0]
    (library / "mine.toml").write_text(PACK.replace("= 3.0", "= 2.5"), "utf-8")
    assert [run(library, **mine)[0], run(library, **mine)[0]] == [1, 0]


def test_a_rule_that_cannot_be_used_is_told_before_anything_starts(
    library: Path,
) -> None:
    (library / "mine.toml").write_text(PACK.replace("any =", "check =", 1), "utf-8")
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        run(library, rule_packs=["mine.toml"])


@pytest.mark.parametrize("engine", ["inline", "processes"])
def test_an_installed_package_says_labels_with_their_lines(
    library: Path, offer: Offer, engine: str
) -> None:
    offer("renko_offered:find", "1.4")
    _, record = run(library, engine=engine)

    assert record.reason is None
    assert record.classifier.endswith("+renko=1.4")
    (label,) = (e for e in record.strategies or () if e.label == "renko.bricks")
    (piece,) = label.evidence
    assert (piece.rule, piece.line) == ("classifier.renko", 3)
    assert piece.text.startswith("if (RenkoBrick(20)")


def test_a_packages_newer_version_classifies_anew(library: Path, offer: Offer) -> None:
    offer("renko_offered:find", "1.4")
    assert [run(library)[0], run(library)[0]] == [1, 0]
    offer("renko_offered:hygiene", "1.5")
    classified, record = run(library)

    assert classified == 1
    assert [each.label for each in record.hygiene or ()] == ["renko.untidy"]


@pytest.mark.parametrize(
    ("engine", "value", "said"),
    [
        ("processes", "renko_offered:fails", r"ValueError: mql4\x1b[2J"),
        ("inline", "renko_offered:fails", r"ValueError: mql4\x1b[2J"),
        ("inline", "renko_offered:leaves", "SystemExit: 3"),
        ("inline", "renko_offered:changes", "AttributeError"),
        ("inline", "renko_offered:text", "it gives str, which is no ExtraLabel"),
        ("inline", "renko_offered:beyond", "its lines are not among 1 to 5"),
        ("inline", "renko_offered:unknown", "'gird' is no label of risk"),
        ("inline", "renko_offered:missing", "has no attribute 'missing'"),
        ("inline", "no_such_module:find", "ModuleNotFoundError"),
    ],
)
def test_one_that_fails_is_named_with_the_file_which_keeps_its_labels(
    library: Path, offer: Offer, value: str, said: str, engine: str
) -> None:
    offer(value, "1.4")
    _, record = run(library, engine=engine)

    assert record.reason is not None
    assert record.reason.startswith("classifier renko failed: ")
    assert said in record.reason
    assert record.kind == "expert"
    assert [each.label for each in record.risk or ()]


def test_one_that_never_ends_is_stopped_at_the_limit_of_a_content(
    library: Path, offer: Offer
) -> None:
    offer("renko_offered:hangs", "1.4")
    (library / "Text.mq4").write_bytes(b"Only a text.")
    given = {"engine": "processes", "workers": 1, "content_limit_s": 1.0}
    with Orchestrator(
        library, settings={"classification": given}, monitor=False
    ) as system:
        run = system.classify(backup=False, report=False).result(timeout=60)
        (record,) = system.search("Renko")

    assert run.problems == 1
    assert "longer than 1 s" in (record.reason or "")
