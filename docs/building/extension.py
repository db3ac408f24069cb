"""Beyond Sphinx's settings: pages made from the code, links held true."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexers import find_lexer_class_by_name
from sphinx.application import Sphinx
from sphinx.util import logging

from docs.building import commands, labels, links, messages, rest, settings, supervisor
from docs.building.docstrings import restructured

MADE: Mapping[str, Callable[[], str]] = {
    "commands": lambda: commands.commands("en"),
    "comandos": lambda: commands.commands("pt_BR"),
    "labels": labels.labels,
    "messages": messages.messages,
    "rest": rest.rest,
    "settings": settings.settings,
    "supervisor": supervisor.supervisor,
}
"""What `<!-- made: NAME -->` stands for in a page."""

_LANGUAGES = {"mqh": "mql", "pine": "javascript", "txt": "text"}
"""What a block is coloured as; Pine Script is near enough to JavaScript."""

_MARK = re.compile(r"^<!-- made: (\w+) -->$", re.MULTILINE)
_logger = logging.getLogger(__name__)
_ROOT = Path(__file__).parents[2]


def read(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put into a page what is made from the code, and its part of the contents."""
    text = _MARK.sub(lambda mark: MADE[mark[1]](), source[0])
    if name == "runtime/README":
        linked = re.findall(r"\]\(([\w-]+)\.md\)", text)
        text += _contents("", dict.fromkeys(linked))
    elif name == "index":
        text += _contents("More", _not_named(text))
    source[0] = links.of_repository(text, (_ROOT / "docs" / name).parent, _ROOT)


def _contents(caption: str, pages: Iterable[str]) -> str:
    """Return a part of the contents; nothing where there are no pages."""
    lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""]
    if not caption:
        lines.remove(":caption: ")
    return "\n\n" + "\n".join(lines) if pages else ""


def _not_named(index: str) -> list[str]:
    """Return the pages beside the index that its contents do not name."""
    pages = sorted(page.stem for page in (_ROOT / "docs").glob("*.md"))
    named = re.findall(r"^(?:.*<)?([\w-]+)>?$", index, re.MULTILINE)
    return [page for page in pages if page not in {*named, "index"}]


def docstring(*arguments: Any) -> None:  # noqa: ANN401 -- autodoc's own
    """Give autodoc a docstring as reStructuredText, before its sections are read."""
    lines: list[str] = arguments[-1]
    lines[:] = restructured(lines)


def dashes(_app: Sphinx, tree: nodes.document, _name: str) -> None:
    """Set the dash that Sphinx writes behind a parameter's name."""
    for text in tuple(tree.findall(nodes.Text)):
        if text.astext() == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the OpenAPI document, and warn of every link that leads nowhere."""
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    text = json.dumps(rest.document(), indent=1, ensure_ascii=False)
    (site / "openapi.json").write_text(text, encoding="utf-8")
    for link in links.broken(site):
        _logger.warning("a link leads nowhere: %s", link)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    for language, known in _LANGUAGES.items():
        app.add_lexer(language, find_lexer_class_by_name(known))
    app.connect("source-read", read)
    app.connect("autodoc-process-docstring", docstring, priority=100)
    app.connect("doctree-resolved", dashes)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
