"""The figures of a summary, counted by hand."""

from collections.abc import Callable

from orquestrador.catalog import Catalog
from orquestrador.messages import Batch, FileState, Record, Summary, Tally

Make = Callable[..., Record]
MakeState = Callable[..., FileState]


def tally(code: str, files: int, contents: int) -> Tally:
    return Tally(code=code, files=files, contents=contents)


def test_every_figure_is_counted(
    catalog: Catalog, put: Make, make_state: MakeState
) -> None:
    danger = {"risk": ("lot_multiplier", "no_stop_loss"), "hygiene": ("account_lock",)}
    for name in ("a.mq4", "b.mq4", "c.mq4"):
        put(name, "danger", size=100, **danger)
    put("locked.mq4", hygiene=("expiry_lock", "dll_import"), size=10)
    put("safe.mq5", language="mql5", size=1)
    put("indicator.mq4", kind="indicator", hygiene=("web_request", "decompiled"))
    put(
        "binary.mq4",
        language="unknown",
        kind="unknown",
        reason="compiled program",
        size=5,
    )
    problem = "archive (.rar), not read"
    catalog.store(
        Batch(
            files=(
                make_state(b"x.rar", None, problem=problem, size=7),
                make_state(b"y.rar", None, problem=problem, size=7),
                make_state(b"z.mq4", "danger", problem="no worker took it", size=100),
                make_state(b"later.mq4", "later", size=3),
            )
        )
    )

    assert catalog.summary() == Summary(
        files=11,
        bytes=300 + 10 + 1 + 1000 + 5 + 14 + 100 + 3,
        contents=6,
        surplus_files=3,
        surplus_bytes=300,
        languages=(tally("mql4", 5, 3), tally("mql5", 1, 1), tally("unknown", 1, 1)),
        kinds=(
            tally("expert", 5, 3),
            tally("indicator", 1, 1),
            tally("unknown", 1, 1),
        ),
        experts=tally("expert", 5, 3),
        endangered=tally("any", 4, 2),
        dangers=(
            tally("martingale", 3, 1),
            tally("no_stop_loss", 3, 1),
            tally("dll_import", 1, 1),
            tally("web_request", 0, 0),
            tally("locks", 4, 2),
            tally("decompiled", 0, 0),
        ),
        unknown=(tally("compiled program", 1, 1),),
        unread=(tally(problem, 2, 0), tally("no worker took it", 1, 1)),
        pending=1,
    )


def test_an_empty_library_has_all_its_figures(catalog: Catalog) -> None:
    summary = catalog.summary()

    assert (summary.files, summary.bytes, summary.contents) == (0, 0, 0)
    assert summary.endangered == tally("any", 0, 0)
    assert [each.code for each in summary.dangers] == [
        "martingale",
        "no_stop_loss",
        "dll_import",
        "web_request",
        "locks",
        "decompiled",
    ]
