"""The page's own files, and its words: read once, served as they are."""

import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orquestrador.interface.snapshot_words import SNAPSHOT_REASONS
from orquestrador.reports.alert_words import NAMES as ALERTS
from orquestrador.reports.labels import LABELS
from orquestrador.words import Words

_PACKAGE = "orquestrador.interface.web"

TEXTS = "texts.json"
"""The texts of the page's scripts: `[singular, plural]`; the plural may be empty.

Written by `tests/interface/update_translations.py`."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


def file_routes(words: Words) -> list[Route]:
    """Return the routes of the page's files under `/static/`, and of `/words.json`."""
    known = dict(_read(files(_PACKAGE) / "static"))
    said = json.dumps(page_words(words), ensure_ascii=False).encode("utf-8")

    async def show_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in known:
            raise HTTPException(404)
        return Response(known[name], media_type=_TYPES[PurePosixPath(name).suffix])

    async def show_words(_request: Request) -> Response:
        return Response(said, media_type="application/json")

    return [Route("/static/{name:path}", show_file), Route("/words.json", show_words)]


def page_words(words: Words) -> dict[str, Any]:
    """Return what the page's scripts say, in one language.

    Returns:
        `language`: its code, as in HTML; `texts`: from English; `plurals`: from the
        English singular to the forms for one and for more; `labels`: from the code;
        `alerts`: from the rule; `reasons`: those of snapshots.

    """
    text = (files(_PACKAGE) / TEXTS).read_text(encoding="utf-8")
    found: list[tuple[str, str]] = json.loads(text)
    return {
        "language": words.language.replace("_", "-"),
        "texts": {one: words.gettext(one) for one, many in found if not many},
        "plurals": {
            one: [words.ngettext(one, many, count) for count in (1, 2)]
            for one, many in found
            if many
        },
        "labels": {code: words.gettext(name) for code, name in LABELS.items()},
        "alerts": {rule: words.gettext(name) for rule, name in ALERTS.items()},
        "reasons": {
            reason: words.gettext(text) for reason, text in SNAPSHOT_REASONS.items()
        },
    }


def _read(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        name = prefix + each.name
        if each.is_dir():
            yield from _read(each, name + "/")
        elif PurePosixPath(name).suffix in _TYPES:
            yield name, each.read_bytes()
