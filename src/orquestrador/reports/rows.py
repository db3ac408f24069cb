"""All files of a report as columns, for the table that a page's script draws.

A library has thousands of files: each is two small numbers here, its folder's and its
content's, and a name. What is said of a content stands once; what repeats is a number
that points into a list.
"""

from typing import Any

import msgspec

from orquestrador.reports.data import ContentRow, ReportData
from orquestrador.reports.labels import PROTECTIONS
from orquestrador.reports.saying import Said
from orquestrador.visible import visible


class _Interned:
    """Gives each different text a number, in the order they first come."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def numbers(self, codes: tuple[str, ...]) -> list[int]:
        return [self.number(code) for code in codes]


def columns_json(data: ReportData, say: Said) -> str:
    """Return the columns as JSON that may stand inside an HTML script element.

    `folders`, `labels`: the texts that numbers point to. `contents`: one list each of
    language, kind, primary, strategies, risk and hygiene, symbols, timeframes,
    verdict, score, quality, size, reason; -1 is none. `files`, in path order: three
    columns of folder, name and content.
    """
    folders, labels, codes = _Interned(), _Interned(), _Interned()
    contents: list[list[Any]] = []
    files: list[tuple[str, int]] = []
    for number, content in enumerate(data.contents or ()):
        contents.append(_content(content, labels, codes, say))
        files += ((path, number) for path in content.paths)
    files.sort()
    of_folder: list[int] = []
    names: list[str] = []
    for path, _number in files:
        folder, _slash, name = path.rpartition("/")
        of_folder.append(folders.number(visible(folder)))
        names.append(visible(name))
    plain = {
        "folders": [*folders.texts],
        "labels": [*labels.texts],
        "codes": [*codes.texts],
        "contents": contents,
        "files": {
            "folder": of_folder,
            "name": names,
            "content": [number for _path, number in files],
        },
    }
    text = msgspec.json.encode(plain).decode("utf-8")
    # Nothing in it may end the element, or begin a comment in it.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _worst_first(content: ContentRow) -> tuple[str, ...]:
    codes = (*content.risk, *content.hygiene)
    return tuple(sorted(codes, key=lambda code: code in PROTECTIONS))


def _content(
    content: ContentRow, labels: _Interned, codes: _Interned, say: Said
) -> list[Any]:
    def one(code: str | None) -> int:
        return -1 if code is None else labels.number(say.label(code))

    def some(given: tuple[str, ...]) -> list[int]:
        return labels.numbers(tuple(say.label(code) for code in given))

    return [
        one(content.language),
        one(content.kind),
        one(content.primary),
        some(content.strategies),
        some(_worst_first(content)),
        codes.numbers(tuple(visible(each) for each in content.symbols)),
        codes.numbers(tuple(visible(each) for each in content.timeframes)),
        one(content.verdict),
        -1 if content.prop_score is None else content.prop_score,
        -1 if content.quality is None else content.quality,
        content.size,
        -1 if content.reason is None else labels.number(say.reason(content.reason)),
    ]
