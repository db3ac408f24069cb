"""A report as one HTML file that needs nothing from anywhere."""

import base64
import hashlib
import importlib.resources
from functools import cache
from itertools import groupby

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from orquestrador.reports.charts import LINE_HEIGHT, LINE_WIDTH
from orquestrador.reports.data import ReportData
from orquestrador.reports.document import Block, Section
from orquestrador.reports.rows import columns_json
from orquestrador.reports.sections import document
from orquestrador.words import Words


def report_html(data: ReportData, words: Words) -> bytes:
    """Return a report as a UTF-8 page in the language of `words`."""
    told = document(data, words)
    style, script = _text("report.css"), _text("files.js")
    has_files = data.contents is not None
    page = _template().render(
        told=told,
        grouped=_grouped,
        _=words.gettext,
        number=words.number,
        style=style,
        script=script if has_files else "",
        policy=_policy(style, script if has_files else None),
        columns=columns_json(data, told.say) if has_files else "",
        line_box=f"0 0 {LINE_WIDTH} {LINE_HEIGHT}",
    )
    return page.encode("utf-8")


def _grouped(section: Section) -> list[tuple[str, list[Block]]]:
    """Return a section's blocks by what they are; charts stand beside each other."""
    return [
        (name, list(blocks))
        for name, blocks in groupby(
            section.blocks, key=lambda block: type(block).__name__
        )
    ]


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _text(name: str) -> str:
    folder = importlib.resources.files("orquestrador.reports") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _policy(style: str, script: str | None) -> str:
    allowed = f"default-src 'none'; style-src {_hash(style)}"
    if script is not None:
        allowed += f"; script-src {_hash(script)}"
    return f"{allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
