"""A search finds the same wherever it begins."""

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from orquestrador.catalog import Catalog, narrowing, searching
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    Facts,
    FileState,
    Record,
    SearchQuery,
)

CONTENTS = 400
NAMES = ("falcon", "night falcon", "velocity", "")

GIVEN: tuple[dict[str, Any], ...] = (
    {},
    {"kind": "service"},
    {"kind": "unknown"},
    {"language": "pine"},
    {"strategy": ("grid",)},
    {"strategy": ("grid", "martingale")},
    {"risk": ("stop_loss",), "no_risk": ("take_profit",)},
    {"symbol": "GOLD"},
    {"symbol": "XAUUSD", "symbol_exact": True, "timeframe": "H4"},
    {"hygiene": ("dll_import",), "kind": "expert"},
    {"words": "falcon"},
    {"text": "night falcon", "strategy": ("grid",)},
    {"author": "maria"},
    {"strategy": ("arbitrage",)},
)
QUERIES = [SearchQuery(**given) for given in GIVEN]


@pytest.fixture
def library(
    catalog: Catalog,
    make_record: Callable[..., Record],
    make_state: Callable[..., FileState],
) -> Catalog:
    """Hold contents of many kinds; each has a few files, some cannot be shown."""
    chance = random.Random(5)

    def some(codes: str, most: int) -> tuple[str, ...]:
        return tuple(sorted(chance.sample(codes.split(), chance.randint(0, most))))

    files: list[FileState] = []
    records: list[ClassifiedContent] = []
    for number in range(CONTENTS):
        record = make_record(
            str(number),
            kind=chance.choice(("expert", "indicator", "service", "unknown")),
            language=chance.choice(("mql4", "mql5", "pine")),
            strategies=some("grid martingale scalping", 2),
            risk=some("stop_loss take_profit lot_multiplier", 2),
            hygiene=some("dll_import web_request", 1),
            symbols=some("XAUUSD GOLDm EURUSD", 2),
            timeframes=some("M5 H4", 1),
            facts=Facts(
                name=chance.choice(NAMES), author=chance.choice(("Maria", "João"))
            ),
            level=chance.choice(("full", "quick")),
        )
        files += (
            make_state(
                f"{chance.randint(0, 9)}/{number} {copy}.mq4".encode(),
                str(number),
                problem=chance.choice((None, None, "damaged")),
                sniffed=chance.choice((True, False)),
            )
            for copy in range(chance.randint(1, 3))
        )
        records.append(ClassifiedContent(suffix=".mq4", record=record))
    catalog.store(Batch(files=tuple(files), records=tuple(records)))
    return catalog


def _answers(catalog: Catalog) -> list[Any]:
    pages = ((None, 0), (7, 0), (7, 5), (1000, 0))
    return [
        (
            catalog.count(query),
            catalog.facets(query),
            [each.path for each in catalog.search(query.replace(limit=m, offset=o))],
        )
        for query, (m, o) in itertools.product(QUERIES, pages)
    ]


def test_what_is_found_does_not_depend_on_where_a_search_begins(
    library: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _answers(library)
    monkeypatch.setattr(narrowing, "MOST_LISTED", 0)
    along_the_paths = _answers(library)
    monkeypatch.undo()

    def endless(_: int) -> int:
        return 10**9

    monkeypatch.setattr(math, "isqrt", endless)
    at_the_contents = _answers(library)

    assert chosen == along_the_paths == at_the_contents
    assert all(count for count, *_ in chosen[: -2 * 4])


def test_few_contents_of_many_are_where_a_search_begins(
    library: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []

    def noted(*given: Any) -> Any:
        begun.append(narrowing.narrowed(*given))
        return begun[-1]

    monkeypatch.setattr(searching, "narrowed", noted)
    library.search(SearchQuery(symbol="EURUSD", limit=10))
    library.search(SearchQuery(strategy=("arbitrage",), limit=10))
    library.search(SearchQuery(limit=10))

    many, few, none = begun
    assert (many, none) == (None, None)
    assert few.parameters == ("[]",)
