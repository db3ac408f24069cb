"""The reference made from the code has all of it; links of the site are held true."""

from pathlib import Path

import click
import msgspec
import pytest

import orquestrador
from docs.building import commands, labels, links, messages, rest, settings, supervisor
from docs.building.docstrings import restructured
from docs.building.markdown import paragraphs, plain
from orquestrador import messages as all_messages
from orquestrador.config.fields import fields
from orquestrador.interface.cli import COMMANDS, GUIDE_NAMES, find_command
from orquestrador.interface.translation import LANGUAGES
from orquestrador.interface.web.api.routes import PREFIX, endpoints
from orquestrador.supervisor import __all__ as supervised

PAGES = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_option_and_guide_s_name_is_told(language: str) -> None:
    page = commands.commands(language)

    for name in COMMANDS:
        command = find_command(name)
        assert command is not None
        assert f"## `{name}`\n" in page
        for sub in command.commands if isinstance(command, click.Group) else ():
            assert f"### `{name} {sub}`\n" in page
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1] in page
    assert all(f"`{name}`" in page for name in GUIDE_NAMES)


def test_the_two_languages_tell_the_same_commands() -> None:
    titles = [
        [line for line in commands.commands(each).splitlines() if line[:4] == "## `"]
        for each in LANGUAGES
    ]

    assert titles[0] == titles[1]
    assert "Exit status" in commands.commands("en")
    assert "Exit status" not in commands.commands("pt_BR")


def test_every_setting_is_told_with_its_default() -> None:
    page = settings.settings()

    for name in fields():
        prefix, _, last = name.rpartition(".")
        assert f"\n`{name}`\n: " in page or (
            f"| `{prefix}` |" in page and f"\n`….{last}`\n: " in page
        ), name
    assert "`monitor.interval_s`\n: Time between two measurements" in page
    assert "Default `30.0`." in page


def test_every_address_and_type_of_the_api_is_told() -> None:
    page = rest.rest()

    for each in endpoints():
        assert f"### `{each.method} {PREFIX}{each.path}`" in page
    for name in rest.document()["components"]["schemas"]:
        assert f"(type-{name.lower()})=\n### `{name}`" in page


def test_every_message_is_told_with_its_fields() -> None:
    page = messages.messages()

    for name in ("Record", "Snapshot", "Run", "SearchQuery", "Quality"):
        part = page.split(f"### `{name}`\n")[1].split("\n### ")[0]
        for field in msgspec.structs.fields(getattr(all_messages, name)):
            assert f"`{field.name}: " in part


def test_every_name_of_the_runtime_and_every_label_is_told() -> None:
    names, codes = supervisor.supervisor(), labels.labels()

    assert all(f":: orquestrador.supervisor.{each}\n" in names for each in supervised)
    for group in labels.GROUPS.values():
        assert all(f"`{code}`" in codes for code in group)
    assert "Aumenta o lote" in codes


def test_every_public_name_of_the_package_is_on_the_page_of_python() -> None:
    page = (PAGES / "reference" / "python.md").read_text(encoding="utf-8")
    linked = {"Record"}

    for name in set(orquestrador.__all__) - linked:
        assert f":: orquestrador.{name}\n" in page


def test_code_of_a_docstring_becomes_a_literal_block() -> None:
    lines = ["A tree.", "", "    root", "    leaf", "", "Args:", "    one: it"]

    told = restructured(lines)

    assert told == ["A tree.", "", "::", "", *lines[2:]]
    assert restructured(["```python", "one = 1", "```"]) == [
        ".. code-block:: python",
        "",
        "    one = 1",
        "",
    ]


def test_words_of_the_code_are_shown_as_they_stand() -> None:
    assert plain("a_b <c> *d* [e] | f") == r"a\_b \<c\> \*d\* \[e\] \| f"
    assert list(paragraphs("One\ntwo `a_b`.\n\n    tree\n")) == [
        "```text\nOne\ntwo `a_b`.\n\n    tree\n```"
    ]


def test_a_link_out_of_the_pages_is_the_file_s_name(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.md").touch()
    (tmp_path / "program.py").touch()
    text = "[it](../program.py), [`program.py`](../program.py) and [b](b.md)"

    shown = links.of_repository(text, tmp_path / "docs", tmp_path)

    assert shown == "it (`program.py`), `program.py` and [b](b.md)"
    with pytest.raises(FileNotFoundError, match="there is no gone"):
        links.of_repository("[it](../gone.py)", tmp_path / "docs", tmp_path)


def test_a_link_of_the_site_to_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="#here"><a href="#gone"><a href="b.html#there">'
        '<a href="b.html#gone"><a href="c.html"><img src="d.png">'
        '<a href="https://example.com/">'
    )
    (tmp_path / "b.html").write_text('<p id="there"><a href="a.html">')

    assert links.broken(tmp_path) == [
        "a.html: #gone",
        "a.html: b.html#gone",
        "a.html: c.html",
        "a.html: d.png",
    ]
