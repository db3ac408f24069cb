"""Runs are found again, in their order, until they have ended."""

from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError
from orquestrador.messages import RunCounts
from orquestrador.messages.run import RunOrder


def order(token: str) -> RunOrder:
    return RunOrder(token=token, paths=("EAs", "a%25.mq4"), level="quick", verify=True)


ORDER = order("one")


def test_an_open_run_is_found_after_the_catalog_was_closed(path: Path) -> None:
    with Catalog(path) as catalog:
        begun = catalog.begin_run(ORDER, "1+rules")

    with Catalog(path) as catalog:
        assert catalog.open_run() == catalog.last_run() == begun
        assert (begun.order, begun.state, begun.classifier) == (
            ORDER,
            "running",
            "1+rules",
        )
        assert begun.ended_at_ns is None
        assert catalog.about().classifier == "1+rules"


def test_an_ended_run_says_how(catalog: Catalog) -> None:
    begun = catalog.begin_run(ORDER, "1+rules")
    counts = RunCounts(seen=5, read=4, classified=3, failed=2, removed=1)

    catalog.end_run(begun.id, "failed", "no worker could start", counts)

    assert catalog.open_run() is None
    last = catalog.last_run()
    assert last is not None
    assert last.ended_at_ns is not None
    assert last.ended_at_ns >= begun.started_at_ns
    assert last == begun.replace(
        state="failed",
        reason="no worker could start",
        counts=counts,
        ended_at_ns=last.ended_at_ns,
    )


def test_open_runs_come_in_the_order_they_began(catalog: Catalog) -> None:
    first = catalog.begin_run(ORDER, "1")
    second = catalog.begin_run(order("two"), "1")

    assert catalog.open_run() == first
    assert catalog.last_run() == second
    catalog.end_run(first.id, "done")
    assert catalog.open_run() == second


def test_entering_a_token_again_gives_the_run_it_has(catalog: Catalog) -> None:
    begun = catalog.begin_run(ORDER, "1")
    assert catalog.begin_run(ORDER, "1") == begun

    catalog.end_run(begun.id, "done")

    assert catalog.begin_run(ORDER, "1").state == "done"
    assert catalog.open_run() is None


def test_a_run_that_never_began_cannot_end(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="no run 7"):
        catalog.end_run(7, "done")


def test_a_new_catalog_has_no_run(catalog: Catalog) -> None:
    assert catalog.open_run() is None
    assert catalog.last_run() is None
