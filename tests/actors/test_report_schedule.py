"""Reports by the calendar, in a simulation: time is the test's."""

import datetime as dt
import uuid
from pathlib import Path

from orquestrador.actors import ReportActor, ReportPlace
from orquestrador.actors.report import LOOK_S
from orquestrador.catalog import Catalog
from orquestrador.messages.report import ReportFinished
from orquestrador.messages.run import FilesClassified
from orquestrador.supervisor import ChildSpec, Supervisor, SupervisorFlags
from orquestrador.supervisor.simulation import Chances, Simulation
from orquestrador.words import ENGLISH

BEGIN = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
DAY = 86_400.0


def test_a_report_is_written_by_the_calendar_when_anything_is_new(
    tmp_path: Path,
) -> None:
    library, state = tmp_path / "library", tmp_path / "state"
    library.mkdir()
    state.mkdir()
    Catalog(state / "catalog.sqlite3").close()
    place = ReportPlace(library, state, ("json",), ENGLISH)
    off_s = 0.0
    written: list[ReportFinished] = []
    with Simulation(1, chances=Chances()) as simulation:

        def now() -> dt.datetime:
            return BEGIN + dt.timedelta(seconds=simulation.now + off_s)

        spec = ChildSpec(
            id="report", actor=ReportActor, args=(place, None, "every 1d", now)
        )
        system = simulation.system
        Supervisor.start(SupervisorFlags(), [spec], system=system)
        system.events.subscribe(ReportFinished, written.append)
        news = FilesClassified(token=uuid.uuid4().hex, paths=("a.mq4",))

        simulation.run(2 * LOOK_S)
        system.events.publish(news)
        simulation.run(2 * LOOK_S)
        assert written == []

        off_s += DAY
        simulation.run(2 * LOOK_S)
        assert [each.problem for each in written] == [None]

        # Nothing is new since.
        off_s += DAY
        simulation.run(2 * LOOK_S)
        assert len(written) == 1
