"""Every filter of a search, alone and together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from orquestrador.catalog import Catalog
from orquestrador.errors import MessageValueError
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    Facts,
    FileState,
    PropFirm,
    Record,
    SearchQuery,
)

Make = Callable[..., Record]
MakeState = Callable[..., FileState]


def found(catalog: Catalog, **query: Any) -> list[str]:
    records = catalog.search(SearchQuery(**query))
    assert catalog.count(SearchQuery(**query)) == len(records)
    return [record.path for record in records]


@pytest.fixture
def library(catalog: Catalog, put: Make, facts: Facts) -> Catalog:
    put(
        "EAs/Gold Grid.mq4",
        facts=facts,
        strategies=("grid", "martingale"),
        risk=("lot_multiplier", "max_positions"),
        hygiene=("dll_import",),
        symbols=("XAUUSD",),
        timeframes=("M5",),
        prop_firm=PropFirm(profile="ftmo", version="1", score=16, level="unsuitable"),
    )
    put(
        "EAs/NightScalper_v2.mq5",
        language="mql5",
        strategies=("scalping",),
        risk=("stop_loss", "max_positions"),
        symbols=("GOLDm", "EURUSD"),
        timeframes=("M1", "M5"),
        facts=Facts(
            name="Night Scalper", author="Bob", description="grid like stop and trail"
        ),
    )
    put(
        "Indicators/Média Móvel.mq4",
        kind="indicator",
        strategies=(),
        symbols=("BTCUSDT", "XAUUSD.a"),
        prop_firm=PropFirm(
            profile="ftmo", version="1", score=0, level="not_applicable"
        ),
    )
    put("quick.mq4", strategies=None, risk=None, hygiene=None, level="quick")
    return catalog


GRID = "EAs/Gold Grid.mq4"
SCALPER = "EAs/NightScalper_v2.mq5"
AVERAGE = "Indicators/Média Móvel.mq4"
QUICK = "quick.mq4"


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ({}, [GRID, SCALPER, AVERAGE, QUICK]),
        ({"kind": "indicator"}, [AVERAGE]),
        ({"language": "mql5"}, [SCALPER]),
        ({"strategy": ("martingale",)}, [GRID]),
        ({"strategy": ("martingale", "scalping")}, []),
        ({"risk": ("max_positions",)}, [GRID, SCALPER]),
        ({"risk": ("max_positions", "stop_loss")}, [SCALPER]),
        ({"no_risk": ("stop_loss",)}, [GRID, AVERAGE]),
        ({"no_risk": ("stop_loss", "lot_multiplier")}, [AVERAGE]),
        ({"hygiene": ("dll_import",)}, [GRID]),
        ({"risk": ("dll_import",)}, []),
        ({"prop_firm": "unsuitable"}, [GRID]),
        ({"prop_firm": "not_applicable"}, [AVERAGE]),
        ({"prop_firm": "ready"}, []),
        ({"timeframe": "M1"}, [SCALPER]),
        ({"symbol": "XAUUSD"}, [GRID, SCALPER, AVERAGE]),
        ({"symbol": "gold"}, [GRID, SCALPER, AVERAGE]),
        ({"symbol": "XAUUSD", "symbol_exact": True}, [GRID]),
        ({"symbol": "BTCUSD"}, []),
        ({"author": "media"}, [GRID]),
        ({"author": "ana software"}, [GRID]),
        ({"author": "grid"}, []),
        ({"language": "mql4", "strategy": ("grid",), "timeframe": "M5"}, [GRID]),
    ],
)
def test_a_filter_finds_exactly_what_it_names(
    library: Catalog, query: dict[str, Any], paths: list[str]
) -> None:
    assert found(library, **query) == paths


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ("grid", [GRID, SCALPER]),  # in a path and name; in a description
        ("GRID gold", [GRID]),  # a path's word and a source's
        ("scalper", [SCALPER]),  # part of a compound file name
        ("media", [GRID, AVERAGE]),  # an author, a path: accents folded
        ("MÉDIA", [GRID, AVERAGE]),
        ("me\u0301dia", [GRID, AVERAGE]),  # the accent as a letter of its own
        ("móvel", [AVERAGE]),
        ("trailing", [GRID]),  # part of an input's name
        ("usetrailingstop", [GRID]),  # the whole of it
        ("trail", [GRID, SCALPER]),  # the beginning of a word
        ("lots", [GRID]),  # part of a function's name
        ("preco", [GRID]),  # an input's comment
        ("mq5", [SCALPER]),
        ("lingstop", []),
        ("grid-gold", [GRID]),
        ("grid NOT gold", []),
        ("+", []),
        ('"', []),
    ],
)
def test_words_stand_in_the_path_or_in_the_source(
    library: Catalog, words: str, paths: list[str]
) -> None:
    assert found(library, words=words) == paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("trailing stop", [GRID]),
        ("stop trailing", []),
        ("grid", [GRID, SCALPER]),
        ("média", []),  # an author's
        ("móvel", []),  # a path's
        ("grid like", [SCALPER]),
        ("...", []),
    ],
)
def test_text_is_a_phrase_of_the_source(
    library: Catalog, text: str, paths: list[str]
) -> None:
    assert found(library, text=text) == paths


@pytest.mark.parametrize(
    "hostile",
    [
        '"',
        "'",
        "a AND",
        "NEAR(",
        "author:",
        "{name}: x",
        "a* ^b -c",
        "(",
        ")",
        "\0",
        "a\0b",
        "\ud800",
        "%",
        "_",
        "; DROP TABLE files",
        "\u0301",
        "½ ² 漢字 ไทย हिन्दी",
        "a " * 250,
    ],
)
def test_no_text_of_a_user_is_an_error(library: Catalog, hostile: str) -> None:
    for field in ("words", "text", "author"):
        found(library, **{field: hostile})
    for symbol in (hostile, f"XAU{hostile}"):
        assert found(library, symbol=symbol) == []


def test_any_text_is_a_query(tmp_path: Path, make_record: Make) -> None:
    with Catalog(tmp_path / "any.sqlite3") as catalog:
        catalog.store(
            Batch(records=(ClassifiedContent(suffix=".mq4", record=make_record("x")),))
        )

        @hypothesis.settings(max_examples=200, deadline=None, database=None)
        @hypothesis.given(st.text(max_size=40), st.text(max_size=40))
        def search(words: str, text: str) -> None:
            catalog.search(
                SearchQuery(words=words, text=text, author=words, symbol=text)
            )

        search()


def test_a_query_longer_than_anyone_types_is_refused_when_it_is_made() -> None:
    with pytest.raises(MessageValueError, match=r"SearchQuery\.words"):
        SearchQuery(words="x" * 501)


def test_limit_and_offset_cut_the_list_and_not_the_count(library: Catalog) -> None:
    query = SearchQuery(limit=2, offset=1)

    assert [record.path for record in library.search(query)] == [SCALPER, AVERAGE]
    assert library.count(query) == 4
    assert library.search(SearchQuery(limit=0)) == []


def test_duplicates_are_files_with_a_copy_and_copies_stand_together(
    catalog: Catalog, put: Make
) -> None:
    for name, content in (
        ("a.mq4", "one"),
        ("b.mq4", "two"),
        ("c.mq4", "alone"),
        ("y.mq4", "two"),
        ("z.mq4", "one"),
    ):
        put(name, content)

    assert found(catalog, duplicates="exact") == ["a.mq4", "z.mq4", "b.mq4", "y.mq4"]
    assert found(catalog, duplicates="exact", words="z") == ["z.mq4"]


def test_a_file_that_was_not_read_is_found_by_its_path_and_as_unknown(
    catalog: Catalog, put: Make, make_state: MakeState
) -> None:
    put("a.mq4", strategies=("grid",))
    catalog.store(Batch(files=(make_state(b"a.mq4", None, problem="locked"),)))

    assert found(catalog, words="a") == ["a.mq4"]
    assert found(catalog, kind="unknown", language="unknown") == ["a.mq4"]
    assert found(catalog, kind="expert") == []
    assert found(catalog, strategy=("grid",)) == []
    assert found(catalog, no_risk=("stop_loss",)) == []
