"""A report as Markdown: headings, lists and tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from orquestrador.reports.data import ContentRow, ReportData
from orquestrador.reports.document import (
    AdviceList,
    AllFiles,
    BarChart,
    Block,
    Cell,
    Document,
    Facts,
    LineChart,
    Note,
    Status,
    Table,
)
from orquestrador.reports.saying import Said
from orquestrador.reports.sections import document
from orquestrador.visible import visible
from orquestrador.words import Words

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$#!{}]")
_LINKED = re.compile(r"(?i)(?<=:)//|\bwww\.|@")


def report_markdown(data: ReportData, words: Words) -> bytes:
    """Return a report as UTF-8 Markdown in the language of `words`."""
    told = document(data, words)
    lines = [*_top(told)]
    for section in told.sections:
        lines += ["", f"## {escaped(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block, data, told.say)]
    lines += ["", "---", "", escaped(told.footer), ""]
    return "\n".join(lines).encode("utf-8")


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no link, no HTML."""
    text = _SPECIAL.sub(r"\\\g<0>", text)
    return _LINKED.sub(lambda found: _parted(found[0]), text)


def _parted(text: str) -> str:
    return {"//": r"\/\/", "@": r"\@"}.get(text, text[:-1] + r"\.")


def _top(told: Document) -> Iterator[str]:
    say = told.say
    yield f"# {escaped(told.title)}"
    yield ""
    yield f"{escaped(say.gettext('Library'))}: {escaped(told.library)}  "
    yield escaped(told.about)
    yield ""
    for tile in told.tiles:
        note = f" ({escaped(tile.note)})" if tile.note else ""
        yield f"- **{escaped(tile.value)}** {escaped(tile.name)}{note}"


def _block(block: Block, data: ReportData, say: Said) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block)
        case BarChart():
            yield from _bars(block, say)
        case AllFiles():
            yield from _files(data.contents or (), say)
        case _:
            yield from _sentences(block)


def _sentences(block: Status | Note | AdviceList | Facts | LineChart) -> Iterator[str]:
    match block:
        case Status():
            yield f"**{escaped(block.text)}**"
        case Note():
            yield escaped(block.text)
        case AdviceList():
            for number, each in enumerate(block.items, start=1):
                yield f"{number}. **{escaped(each.what)}** {escaped(each.why)}"
        case Facts():
            for name, value in block.items:
                yield f"- {escaped(name)}: {escaped(value)}"
        case LineChart():
            ends = f"{escaped(block.first)} → {escaped(block.last)}"
            yield f"- {escaped(block.title)}: {ends}"
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    heads = [(column.title, column.is_number) for column in table.columns]
    yield from _grid(heads, ([_cell(each) for each in row] for row in table.rows))
    if table.note:
        yield ""
        yield escaped(table.note)


def _bars(block: BarChart, say: Said) -> Iterator[str]:
    heads = [
        (block.title, False),
        (say.gettext("Contents"), True),
        (say.gettext("Files"), True),
    ]
    yield from _grid(
        heads,
        (
            [escaped(row.label), say.number(row.contents), say.number(row.files)]
            for row in block.chart.rows
        ),
    )


def _files(contents: Sequence[ContentRow], say: Said) -> Iterator[str]:
    heads = [
        (say.gettext("File"), False),
        (say.gettext("Language"), False),
        (say.gettext("Kind"), False),
        (say.gettext("Strategy"), False),
        (say.gettext("Dangers and protections"), False),
        (say.gettext("Symbols"), False),
        (say.gettext("Quality"), True),
        (say.gettext("Size"), True),
    ]
    files = sorted(
        (path, number)
        for number, content in enumerate(contents)
        for path in content.paths
    )
    said = [[*_said(content, say)] for content in contents]
    yield from _grid(
        heads, ([escaped(visible(path)), *said[number]] for path, number in files)
    )


def _said(content: ContentRow, say: Said) -> Iterator[str]:
    yield escaped(say.label(content.language))
    yield escaped(say.label(content.kind))
    told = say.label(content.primary) if content.primary else ""
    yield escaped(told or (say.reason(content.reason) if content.reason else ""))
    labels = (*content.risk, *content.hygiene)
    yield escaped(", ".join(say.label(each) for each in labels))
    yield escaped(visible(", ".join(content.symbols)))
    yield "" if content.quality is None else say.number(content.quality)
    yield say.size(content.size)


def _grid(
    heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    yield _line(escaped(title) for title, _is_number in heads)
    yield _line("---:" if is_number else "---" for _title, is_number in heads)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    parts = [escaped(cell.text)]
    parts += [f"({escaped(cell.note)})"] if cell.note else []
    parts += ["; ".join(_inline(line) for line in cell.lines)]
    parts += [f"+ {'; '.join(map(escaped, cell.folded))}"] if cell.folded else []
    return " ".join(filter(None, parts))


def _inline(line: Cell) -> str:
    note = f" ({escaped(line.note)})" if line.note else ""
    return escaped(line.text) + note
