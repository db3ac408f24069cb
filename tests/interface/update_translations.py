"""Bring the catalogs up to date with the source: see docs/translating.md.

    python tests/interface/update_translations.py

Every text of the source gets an entry, entries whose text is gone are removed, and
the `.mo` files are compiled. Prints what is not translated yet; exit status 1 then.
"""

import ast
import importlib.metadata
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import polib
from babel.messages.extract import extract_javascript
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from orquestrador.config.fields import fields

sys.path.insert(0, str(Path(__file__).parent))
from raised import error_shapes

ROOT = Path(__file__).parents[2]
ROOMS = (
    ROOT / "src" / "orquestrador" / "interface",
    ROOT / "src" / "orquestrador" / "reports",
)
CATALOGS = sorted(ROOMS[0].glob("locale/*/LC_MESSAGES/*.po"))
SCRIPTS = ROOMS[0] / "web" / "static"
ERRORS = ROOMS[0] / "errors.json"
"""What the rooms raise; an error's sentence is looked up in it."""
PAGE_TEXTS = ROOMS[0] / "web" / "texts.json"
"""What the page's scripts say; the server gives it to them translated."""

MARKS = {"_", "N_", "gettext"}
PLURAL_MARKS = {"ngettext"}


class Text(NamedTuple):
    """A text to translate."""

    singular: str
    plural: str


def texts(catalog: Path) -> dict[Text, str]:
    """Return every text that a catalog has to translate, with its file."""
    return click_texts() if catalog.stem == "click" else own_texts()


def click_texts() -> dict[Text, str]:
    """Return what click says to people, in the release that is installed."""
    folder = Path(click.__file__).parent
    return {
        text: f"click/{path.name}"
        for path in sorted(folder.glob("*.py"))
        for text in _python_texts(path)
    }


def click_release() -> str:
    """Return the release of click that is installed, as its catalog notes it."""
    return f"click {importlib.metadata.version('click')}"


def own_texts() -> dict[Text, str]:
    """Return every text of the source, with the file it was found in first.

    Raises:
        TypeError: for an f-string: its parts cannot be looked up.

    """
    found: dict[Text, str] = {}
    for room in ROOMS:
        for path in sorted([*room.rglob("*.py"), *room.rglob("*.html")]):
            read = _python_texts if path.suffix == ".py" else _template_texts
            for text in read(path):
                found.setdefault(text, path.relative_to(ROOT).as_posix())
    for path in _scripts():
        for text in _script_texts(path):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    for shape, place in error_shapes().items():
        found.setdefault(Text(shape, ""), place)
    # `config show` shows what each setting means.
    for field in fields().values():
        found.setdefault(Text(field.meaning, ""), "config/sections.py")
    return found


def _python_texts(path: Path) -> Iterator[Text]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in MARKS | PLURAL_MARKS:
            continue
        if isinstance(node.args[0], ast.JoinedStr):
            raise TypeError(f"{path}, line {node.lineno}: an f-string in {name}()")
        constants = [getattr(each, "value", None) for each in node.args]
        match constants:
            case [str(singular), str(plural), *_] if name in PLURAL_MARKS:
                yield Text(singular, plural)
            case [str(singular), *_] if name in MARKS:
                yield Text(singular, "")
            case _:
                continue  # A text kept in a variable is marked where it is written.


def _template_texts(path: Path) -> Iterator[Text]:
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for _, name, arguments in extract_from_ast(tree, tuple(MARKS | PLURAL_MARKS)):
        match name, arguments:
            case "ngettext", (str(singular), str(plural), *_):
                yield Text(singular, plural)
            case _, str(singular) | (str(singular), *_):
                yield Text(singular, "")
            case _:
                continue


def _scripts() -> list[Path]:
    return sorted(SCRIPTS.glob("*.js")) + sorted(SCRIPTS.glob("views/*.js"))


def _script_texts(path: Path) -> Iterator[Text]:
    marks = MARKS | PLURAL_MARKS
    with path.open("rb") as file:
        for line, name, said, _comments in extract_javascript(
            file, dict.fromkeys(marks), [], {"parse_template_string": True}
        ):
            constants: Sequence[object] = said if isinstance(said, tuple) else (said,)
            found = [each for each in constants if isinstance(each, str) and each]
            if any("${" in each for each in found):
                raise TypeError(f"{path}, line {line}: a blank in {name}()")
            if name in PLURAL_MARKS and len(found) >= 2:
                yield Text(found[0], found[1])
            elif found:
                yield Text(found[0], "")


def page_texts() -> str:
    """Return the document of what the page's scripts say, one text a line."""
    return document({text for path in _scripts() for text in _script_texts(path)})


def document(texts: Iterable[Any]) -> str:
    """Return a list in JSON, one of them a line."""
    lines = (json.dumps(each, ensure_ascii=False) for each in sorted(texts))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def key(entry: polib.POEntry) -> Text:
    """Return the text that an entry of a catalog translates."""
    return Text(entry.msgid, entry.msgid_plural)


def untranslated(entry: polib.POEntry) -> bool:
    """Return whether an entry still needs a person."""
    if entry.msgid_plural:
        return entry.fuzzy or not all(entry.msgstr_plural.values())
    return entry.fuzzy or not entry.msgstr


def update(path: Path) -> list[str]:
    """Bring one catalog up to date; return the texts that it does not translate."""
    old = polib.pofile(str(path), wrapwidth=88)
    known = {key(entry): entry for entry in old}
    new = polib.POFile(wrapwidth=88)
    new.metadata = old.metadata
    if path.stem == "click":
        new.metadata["Project-Id-Version"] = click_release()
    for text, place in texts(path).items():
        entry = known.get(text) or polib.POEntry(msgid=text.singular)
        if text.plural and text not in known:
            entry.msgid_plural, entry.msgstr_plural = text.plural, {0: "", 1: ""}
        entry.occurrences = [(place, "")]
        new.append(entry)
    new.save(str(path), newline="\n")
    new.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in new if untranslated(entry)]


def main() -> int:
    """Update every catalog; say what is missing."""
    status = 0
    PAGE_TEXTS.write_text(page_texts(), encoding="utf-8", newline="\n")
    ERRORS.write_text(document(error_shapes()), encoding="utf-8", newline="\n")
    for path in CATALOGS:
        for text in update(path):
            print(f"{path.relative_to(ROOT)}: not translated: {text}")  # noqa: T201 -- a command
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
