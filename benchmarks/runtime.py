"""What supervision costs and saves: `python benchmarks/runtime.py [--turns N]`.

Every figure is taken in turns with plain Pykka in the same process, the two changing
places after each turn, and judged by the median of the turns' ratios:

- tell: messages a second, until the last one is handled
- ask: questions answered a second, one after the other
- start+stop: bare actors started and stopped a second
- crash: from a message that makes the actor fail to the next answer, through the same
  ref; with Pykka whoever asks next catches the error, starts a new actor and asks it.
  Both write the failure's traceback to the same log, before the next crash.
- growth: how many times longer start+stop takes beside 1,000 live actors, against how
  many times longer the start and end of a thread takes beside 1,000 live threads

and, of this runtime alone, that 500 stops under two senders strand no ask and that a
stuck child is replaced in time. Tell, ask and crash go to a supervised child, with
events subscribed to and counters on. Thespian, xoscar and Ray stand in the same table
where they are installed (benchmarks/requirements.txt); nothing is judged by them.

Prints a table with its limits; exit status 1 when one is passed. `--smoke` takes one
short turn, and judges what is right or wrong but not what is fast.
"""

import argparse
import faulthandler
import gc
import logging
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sides import (
    FailureLog,
    Orquestrador,
    PlainActor,
    Pykka,
    Side,
    SupervisedActor,
    ThreadSide,
)
from sides import installed_others as others
from trials import (
    STUCK_AFTER_S,
    actor_growth,
    memory_kib,
    replaced_after_s,
    stranded_asks,
    thread_growth,
)


@dataclass(frozen=True)
class Sizes:
    """How much one turn does."""

    tells: int = 40_000
    asks: int = 8_000
    starts: int = 400
    crashes: int = 100
    live: int = 1_000
    beside: int = 200
    stops: int = 500
    idle: int = 500


SMOKE = Sizes(1_000, 300, 20, 5, 50, 20, 20, 50)

STANDSTILL_S = 300.0

FOR_OTHERS = Sizes(tells=1_000, asks=200, starts=3)
"""Their messages cross sockets and their actors are processes."""

Figures = dict[str, dict[str, list[float]]]
"""What was measured -> runtime -> a figure a turn."""

S = TypeVar("S", bound=Side)
Measures = dict[str, Callable[[S], float]]


def rates(sizes: Sizes) -> Measures[Side]:
    """Return what is measured of every runtime."""
    return {
        "tell/s": lambda side: side.tells(sizes.tells),
        "ask/s": lambda side: side.asks(sizes.asks),
        "start+stop/s": lambda side: side.starts(sizes.starts),
    }


def of_threads(sizes: Sizes, log: FailureLog) -> Measures[ThreadSide]:
    """Return what is measured of ours and Pykka's only."""
    return {
        "crash to answer, ms": lambda side: (
            1000 * statistics.median(side.crashes(sizes.crashes, log))
        ),
        "growth": lambda side: actor_growth(side.actor_class, sizes.live, sizes.beside),
    }


def measure_turns(turns: int, sizes: Sizes, log: FailureLog) -> Figures:
    """Measure ours and Pykka's in turns, changing places after each."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    sides: list[ThreadSide] = [Orquestrador(), Pykka()]
    for _ in range(turns):
        for what, measure in {**rates(sizes), **of_threads(sizes, log)}.items():
            for side in sides:
                _watch()
                gc.collect()
                figures[what][side.name].append(measure(side))
        figures["growth"]["threads"].append(thread_growth(sizes.live, sizes.beside))
        sides.reverse()
    for side in sides:
        side.end()
    return figures


def _watch() -> None:
    """Say where every thread is, and end, if from now on nothing moves for long."""
    faulthandler.dump_traceback_later(STANDSTILL_S, exit=True)


def measure_others(figures: Figures, turns: int) -> None:
    """Measure what else is installed."""
    for side in others():
        _watch()
        for what, measure in rates(FOR_OTHERS).items():
            for _ in range(turns):
                figures[what][side.name].append(measure(side))
        side.end()


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figures: dict[str, float]
    """Runtime -> the median of its turns."""

    ratio: float | None = None
    """Ours to Pykka's (of the growth: to the threads'), the median of the turns'."""

    limit: str = ""
    held: bool = True
    is_speed: bool = True


def judged(figures: Figures) -> Iterable[Row]:
    """Yield the lines of what was measured in turns."""
    limits: dict[str, tuple[str, Callable[[float, float], bool]]] = {
        "tell/s": (">= 2.5 x", lambda _, ratio: ratio >= 2.5),
        "ask/s": (">= 1.0 x", lambda _, ratio: ratio >= 1.0),
        "start+stop/s": (">= 0.8 x", lambda _, ratio: ratio >= 0.8),
        "crash to answer, ms": (
            "<= 0.3 ms, <= 0.7 x",
            lambda ms, ratio: ms <= 0.3 and ratio <= 0.7,
        ),
        "growth": ("<= 1.2 x threads", lambda _, ratio: ratio <= 1.2),
    }
    for what, (limit, holds) in limits.items():
        turns = figures[what]
        medians = {side: statistics.median(each) for side, each in turns.items()}
        yardstick = turns["threads" if what == "growth" else "pykka"]
        pairs = zip(turns["orquestrador"], yardstick, strict=True)
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        held = holds(medians["orquestrador"], ratio)
        yield Row(what, medians, ratio, limit, held)


def tried(turns: int, sizes: Sizes) -> Iterable[Row]:
    """Yield the lines of what is tried on its own."""
    _watch()
    stranded = stranded_asks(SupervisedActor, sizes.stops)
    yield Row(
        f"asks stranded by {sizes.stops} stops",
        {
            "orquestrador": stranded,
            "pykka": stranded_asks(PlainActor, sizes.stops),
        },
        limit="0",
        held=stranded == 0,
        is_speed=False,
    )
    replaced_s = max(replaced_after_s() for _ in range(turns))
    yield Row(
        "stuck to replaced, s",
        {"orquestrador": replaced_s},
        limit=f"<= {STUCK_AFTER_S} + 0.1 s",
        held=replaced_s <= STUCK_AFTER_S + 0.1,
    )
    yield Row(
        "idle actor, KiB",
        {side: memory_kib(side, sizes.idle) for side in ("orquestrador", "pykka")},
    )


def print_table(rows: Iterable[Row]) -> None:
    """Print a line a row and a column a runtime."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    columns = "".join(f"{name:>14}" for name in names)
    print(f"{'':28}{columns}{'ratio':>8}  limit")
    for row in rows:
        figures = "".join(f"{_figure(row.figures.get(name)):>14}" for name in names)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        failed = "" if row.held else "  MISSED"
        print(f"{row.what:28}{figures}{ratio:>8}  {row.limit}{failed}")


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.3f}"


def main() -> int:
    """Measure, print the table; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--smoke", action="store_true", help="one short turn")
    parser.add_argument("--alone", action="store_true", help="leave out the others")
    options = parser.parse_args()
    turns, sizes = (1, SMOKE) if options.smoke else (options.turns, Sizes())
    log = FailureLog()
    logging.basicConfig(handlers=[log])
    figures = measure_turns(turns, sizes, log)
    if not options.alone:
        measure_others(figures, turns)
    rows = [*judged(figures), *tried(turns, sizes)]
    print_table(rows)
    return 0 if all(row.held or (options.smoke and row.is_speed) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
