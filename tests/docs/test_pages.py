"""The runtime's pages are whole: links, names, guarantees. What they show as code runs
in docs/runtime itself."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import orquestrador.supervisor

PAGES = Path(__file__).parents[2] / "docs" / "runtime"
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES.glob("*.md")}
KINDS = PAGES.parents[1] / "tests" / "conformance" / "dropin" / "kinds.toml"
NO_CONCEPTS = {
    "README.md",
    "comparison.md",
    "examples.md",
    "faq.md",
    "names.md",
    "tutorial.md",
    "versioning.md",
}

each_page = pytest.mark.parametrize("name", sorted(TEXTS))


@each_page
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", TEXTS[name])
    for link in links:
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        file = (PAGES / target).resolve() if target else PAGES / name
        assert file.exists(), link
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), link


@each_page
def test_the_contents_name_the_page(name: str) -> None:
    assert name == "README.md" or f"]({name})" in TEXTS["README.md"]


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - NO_CONCEPTS))
def test_a_concept_says_what_is_guaranteed_and_what_is_not(name: str) -> None:
    headings = re.findall(r"^## (.*)$", TEXTS[name], re.MULTILINE)

    assert headings[-2:] == ["Guaranteed", "Not guaranteed"]


@each_page
def test_a_page_imports_public_names_alone(name: str) -> None:
    for module, imported in _imports(TEXTS[name]):
        public = importlib.import_module(module).__all__
        assert imported in public, f"{imported} of {module}"


def test_the_list_of_names_is_that_of_the_public_names() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", TEXTS["names.md"], re.MULTILINE)

    assert sorted(listed) == sorted(orquestrador.supervisor.__all__)


def test_the_tests_of_pykka_that_differ_are_those_that_its_suite_expects() -> None:
    kinds = tomllib.loads(KINDS.read_text(encoding="utf-8"))["kinds"]
    expected = {
        test
        for name, kind in kinds.items()
        if not name.startswith("codec")
        for test in kind["differences"]
    }

    listed = re.findall(r"^\| `(test_\w+)` \|", TEXTS["pykka.md"], re.MULTILINE)
    assert set(listed) == expected


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def _imports(text: str) -> Iterator[tuple[str, str]]:
    """Yield module and name of what the blocks import of the runtime."""
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and _is_ours(node.module):
                for each in node.names:
                    yield node.module or "", each.name


def _is_ours(module: str | None) -> bool:
    return module is not None and module.startswith("orquestrador.supervisor")
