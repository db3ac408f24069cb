"""What a template of names or folders may say."""

import re
import string
from collections.abc import Mapping

from orquestrador.config.layer import Value

NAME_FIELDS = ("prefix", "name", "version", "market", "language", "strategy")
FOLDER_FIELDS = ("source", "kind", "strategy", "language", "market")

_TEXT = re.compile(r"[^\x00-\x1f<>:\"|?*\\{}%]*")
_LONGEST = 200


def contradictions(values: Mapping[str, Value]) -> list[str]:
    """Find templates that cannot be used."""
    found: list[str] = []
    for setting, fields in (
        ("organize.name", NAME_FIELDS),
        ("organize.folder", FOLDER_FIELDS),
    ):
        template, place = values[setting]
        problem = template_problem(template, fields)
        if problem is not None:
            found.append(f"{place}: {problem}")
    return found


def template_problem(template: str, fields: tuple[str, ...]) -> str | None:
    """Return why a template cannot be used, or None.

    Args:
        template: text with fields in braces, such as `{prefix}_{name}`.
        fields: the names allowed in braces; with `name` it is one of names, which
            must tell files apart and lead to no other folder.

    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        return f"{template!r} is no template: {error}"
    used = [field for _, field, *_ in parts if field is not None]
    strange = [field for field in used if field not in fields]
    if strange or not used:
        found = f"{{{strange[0]}}} is no field" if strange else "there is no field"
        return f"{template!r}: {found}; there are {_in_braces(fields)}"
    if any(spec or conversion for _, _, spec, conversion in parts):
        return f"{template!r}: a field stands alone in its braces"
    if len(template) > _LONGEST or not all(_TEXT.fullmatch(text) for text, *_ in parts):
        return f"{template!r} is too long, or has a character that no name may have"
    if "name" in fields:
        return _name_problem(template, parts, used)
    return _folder_problem(template)


def _folder_problem(template: str) -> str | None:
    if template.startswith("/") or {".", ".."} & {*template.split("/")}:
        return f"{template!r} leads out of the library"
    return None


def _name_problem(
    template: str,
    parts: list[tuple[str, str | None, str | None, str | None]],
    used: list[str],
) -> str | None:
    if used.count("name") != 1 or len(set(used)) != len(used):
        return f"{template!r} needs {{name}}, and every field once at most"
    if "/" in template:
        return f"{template!r}: folders are the matter of organize.folder"
    glued = [text for (text, field, *_) in parts[1:] if field is not None and not text]
    if glued:
        return f"{template!r}: put _ between two fields, to tell them apart again"
    return None


def _in_braces(fields: tuple[str, ...]) -> str:
    return ", ".join(f"{{{field}}}" for field in fields)
