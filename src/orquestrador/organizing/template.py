"""Names and folders by a template with named fields, and the way back from a name.

`{prefix}_{name}_v{version}_{market}` makes `EA_Gold_Grid_v1.0_XAUUSD`, and tells of
such a name which part is which.
"""

import re
import string
from collections.abc import Mapping
from typing import NamedTuple

from orquestrador.config.organizing import (
    FOLDER_FIELDS,
    NAME_FIELDS,
    template_problem,
)
from orquestrador.errors import SettingsError

_PATTERNS = {
    # The last five are those of an older convention.
    "prefix": r"(?:EA|IND|SCR|LIB|SRV|INC|STR|UNK|MISC|INDICATOR|STRATEGY|SCRIPT)",
    "name": r"[^\W_](?:\w*[^\W_])?",
    "version": r"\d{1,4}\.\d{1,4}(?:\.\d{1,4})?",
    "market": r"[A-Z0-9]{2,12}",
    "language": r"(?:MQL4|MQL5|Pine)",
    "strategy": r"\w+?",
}
"""What each field of a name can be."""


class Parsed(NamedTuple):
    """The parts of a name that follows the template."""

    name: str
    number: int | None
    """Of files that would have the same name, behind a dash: `Gold_Grid-2`."""

    version: str | None
    market: str | None


class NameTemplate:
    """The template of names.

    Raises:
        SettingsError: if it is none.

    """

    def __init__(self, template: str) -> None:
        _require(template, NAME_FIELDS, "organize.name")
        self._template = template
        self._pattern = re.compile(_pattern(template))

    def render(self, fields: Mapping[str, str], number: int | None) -> str:
        """Return a name without its suffix."""
        name = fields["name"] if number is None else f"{fields['name']}-{number}"
        return self._template.format_map({**fields, "name": name})

    def parse(self, stem: str) -> Parsed | None:
        """Return the parts of a name without its suffix; None if it is another."""
        found = self._pattern.fullmatch(stem)
        if found is None:
            return None
        parts = found.groupdict()
        number = parts.get("number")
        return Parsed(
            name=parts["name"],
            number=int(number) if number else None,
            version=parts.get("version"),
            market=parts.get("market"),
        )


class FolderTemplate:
    """The template of folders; a field that is empty makes no folder.

    Raises:
        SettingsError: if it is none.

    """

    def __init__(self, template: str) -> None:
        _require(template, FOLDER_FIELDS, "organize.folder")
        self._template = template

    def render(self, fields: Mapping[str, str]) -> str:
        """Return a folder's path, with `/`."""
        parts = self._template.format_map(dict(fields)).split("/")
        return "/".join(part.strip(" .") for part in parts if part.strip(" ."))


def _require(template: str, fields: tuple[str, ...], setting: str) -> None:
    problem = template_problem(template, fields)
    if problem is not None:
        raise SettingsError(f"{setting}: {problem}")


def _pattern(template: str) -> str:
    parts: list[str] = []
    for text, field, _format, _conversion in string.Formatter().parse(template):
        parts.append(re.escape(text))
        if field == "name":
            parts.append(
                rf"(?P<name>{_PATTERNS['name']})(?:-(?P<number>[1-9]\d{{0,4}}))?"
            )
        elif field is not None:
            parts.append(f"(?P<{field}>{_PATTERNS[field]})")
    # `_2` at the end is what other programs make of a name that is taken.
    return "".join(parts) + r"(?:_\d{1,2})?"
