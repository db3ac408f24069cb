"""The table of labels: each code in both languages, its meaning a link away."""

from typing import get_args

from docs.building.markdown import plain, table
from orquestrador.config.vocabulary import DANGERS, HYGIENE, PROTECTIONS, STRATEGIES
from orquestrador.interface.translation import choose, label_name
from orquestrador.messages import Kind, Language
from orquestrador.messages.record import Verdict

GROUPS: dict[str, tuple[str, ...]] = {
    "Language": get_args(Language),
    "Kind": get_args(Kind),
    "Strategies": STRATEGIES,
    "Protections": PROTECTIONS,
    "Dangers": DANGERS,
    "Prop firm": get_args(Verdict),
    "Hygiene": HYGIENE,
}


def labels() -> str:
    """Return every code by its group."""
    parts: list[str] = []
    for group, codes in GROUPS.items():
        parts.append(f"## {group}")
        rows = ((_linked(code), *map(plain, _names(code))) for code in codes)
        parts.append(table(("code", "English", "Português"), rows))
    return "\n\n".join(parts) + "\n"


def _linked(code: str) -> str:
    # A second section of that name on the page has another anchor.
    return f"`{code}`" if code == "unknown" else f"[`{code}`](../labels.md#{code})"


def _names(code: str) -> list[str]:
    return [label_name(code, choose(language, {})) for language in ("en", "pt_BR")]
