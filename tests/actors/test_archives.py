"""Members of archives in a run and in a save: rows of their own, opened only if new."""

import os
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from orquestrador.actors.library_run import LibraryRun, RunSettings
from orquestrador.actors.saves import Saves
from orquestrador.catalog import Catalog
from orquestrador.classification import classify
from orquestrador.classification.version import classifier_version
from orquestrador.library import Selection
from orquestrador.library.names import raw_of_record, raw_of_shown, shown_name
from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.run import RunOrder
from orquestrador.messages.saves import PathsSettled
from orquestrador.messages.work import BatchClassified, ContentToClassify

EXPERT = b"void OnTick() { OrderSend(); }\n"
TWO = EXPERT + b"// two\n"
LISTED = {"pack.zip!/Experts/a.mq4": "expert", "one.mq4": "expert"}


class World:
    """A library with an archive, its catalog, and a pretended worker."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.library = folder / "library"
        self.library.mkdir()
        self.catalog = catalog
        self._folder = folder
        self.given: list[bytes] = []
        (self.library / "one.mq4").write_bytes(EXPERT)
        self.pack({"Experts/a.mq4": TWO, "notes.txt": b"prose", "picture.png": b"x"})

    def pack(self, members: Mapping[str, bytes]) -> None:
        path = self.library / "pack.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        self.age()

    def age(self) -> None:
        """Let the archive have been written an hour ago, and never the same hour."""
        at = time.time() - 3600 - len(self.given)
        for path in self.library.iterdir():
            os.utime(path, (at, at))

    def settings(
        self, *, archives: bool = True, sources: frozenset[str] = frozenset({".mq4"})
    ) -> RunSettings:
        return RunSettings(
            library=self.library,
            state=self._folder / "state",
            selection=Selection(
                sources=sources,
                sniffed=frozenset({".txt"}),
                counted=frozenset({".zip", ".ex4"}),
                excluded_folders=frozenset(),
                archives=frozenset({".zip"} if archives else ()),
            ),
            max_bytes=1_000_000,
            batch_bytes=1 << 20,
        )

    def run(
        self,
        *paths: str,
        settings: RunSettings | None = None,
        is_cut: bool = False,
    ) -> None:
        """Run over the library; one that is cut stores no more than what was found."""
        order = RunOrder(token=f"{time.monotonic_ns()}", paths=paths)
        begun = self.catalog.begin_run(order, classifier_version())
        run = LibraryRun(begun, settings or self.settings(), self.catalog)
        while not run.exhausted:
            run.advance(time.monotonic() + 10)
            while (contents := run.next_batch()) is not None:
                self.catalog.store(run.answered(self._answer(contents)))
        while not is_cut and (batch := run.next_store() or run.removed()) is not None:
            self.catalog.store(batch)

    def save(self, *paths: bytes) -> None:
        saves = Saves(self.settings(), classifier_version(), self.catalog)
        saves.add(PathsSettled(paths=paths))
        while saves.has_work or not saves.is_idle:
            saves.advance(time.monotonic() + 10)
            while (contents := saves.next_batch()) is not None:
                batch = saves.answered(self._answer(contents))
                self.catalog.store(batch)
                saves.stored(batch)
            while (store := saves.next_store()) is not None:
                self.catalog.store(store)
                saves.stored(store)

    def kinds(self) -> dict[str, str]:
        return {each.path: each.kind for each in self.catalog.records()}

    def _answer(self, contents: tuple[ContentToClassify, ...]) -> BatchClassified:
        self.given += [each.data for each in contents]
        records = (
            ClassifiedContent(
                suffix=each.key.suffix,
                record=classify(each.data, f"x{each.key.suffix}").replace(path=""),
            )
            for each in contents
        )
        return BatchClassified(
            worker="worker-1", batch=1, classified=tuple(records), failed=()
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "state").mkdir()
    with Catalog(tmp_path / "state" / "catalog.sqlite3") as catalog:
        yield World(tmp_path, catalog)


def never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test fail where an archive is opened."""

    def opened(*_: object) -> None:
        pytest.fail("an archive was opened that had not changed")

    monkeypatch.setattr("orquestrador.catalog.comparison.members", opened)


def test_members_are_listed_and_their_archive_is_not(world: World) -> None:
    world.run()

    assert world.kinds() == LISTED


def test_an_archive_that_has_not_changed_is_not_opened_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    never_opened(monkeypatch)

    world.run()

    assert world.kinds() == LISTED


def test_a_run_that_was_cut_off_is_made_whole_by_the_next(world: World) -> None:
    world.run(is_cut=True)
    world.run()

    assert world.kinds() == LISTED


def test_members_come_and_go_with_their_archive(world: World) -> None:
    world.run()

    world.pack({"b.mq4": TWO})
    world.run()
    assert world.kinds() == {"pack.zip!/b.mq4": "expert", "one.mq4": "expert"}

    (world.library / "pack.zip").unlink()
    world.run()
    assert world.kinds() == {"one.mq4": "expert"}


def test_a_content_that_is_known_is_not_classified_again(world: World) -> None:
    world.run()
    world.given.clear()

    world.pack({"x.mq4": EXPERT, "y.mq4": TWO})
    world.run()

    assert world.given == []
    assert len(world.kinds()) == 3


def test_switched_off_an_archive_is_named_as_not_read_and_on_again_opened(
    world: World,
) -> None:
    world.run()

    world.run(settings=world.settings(archives=False))
    assert world.kinds() == {"pack.zip": "unknown", "one.mq4": "expert"}

    world.run()
    assert world.kinds() == LISTED


def test_other_settings_find_other_members_of_an_archive_that_has_not_changed(
    world: World,
) -> None:
    world.pack({"a.mq4": TWO, "b.mqh": b"int x;\n"})
    world.run()
    assert set(world.kinds()) == {"pack.zip!/a.mq4", "one.mq4"}

    world.run(settings=world.settings(sources=frozenset({".mqh"})))

    assert set(world.kinds()) == {"pack.zip!/b.mqh"}


def test_a_damaged_archive_is_named_and_costs_its_members(world: World) -> None:
    world.run()

    (world.library / "pack.zip").write_bytes(b"no archive any more")
    world.age()
    world.run()

    (record,) = [each for each in world.catalog.records() if each.path == "pack.zip"]
    assert record.reason == "damaged archive: it has no list of members"
    assert len(world.kinds()) == 2


def test_one_member_can_be_asked_for(world: World) -> None:
    world.run("pack.zip!/Experts/a.mq4")

    assert world.kinds() == {"pack.zip!/Experts/a.mq4": "expert"}


def test_a_saved_archive_is_looked_into_and_the_next_run_agrees(world: World) -> None:
    world.save(b"pack.zip", b"one.mq4")
    assert world.kinds() == LISTED

    world.pack({"b.mq4": TWO})
    world.save(b"pack.zip")
    changed = {"pack.zip!/b.mq4": "expert", "one.mq4": "expert"}
    assert world.kinds() == changed

    world.run()
    assert world.kinds() == changed

    (world.library / "pack.zip").unlink()
    world.save(b"pack.zip")
    assert world.kinds() == {"one.mq4": "expert"}


def test_the_name_of_a_member_leads_back_to_it_and_to_nothing_else() -> None:
    raws = [
        b"pack.zip/\0/Experts/a.mq4",
        b"pack.zip!/Experts/a.mq4",
        b"old.ZIP!/pack.zip/\0/in.zip!/a%.mq4",
        b"wow!/a.mq4",
        b"pack.zip/\0//etc/passwd",
    ]

    assert [raw_of_record(shown_name(raw)) for raw in raws] == raws
    assert shown_name(raws[0]) == "pack.zip!/Experts/a.mq4"
    assert shown_name(raws[1]) == "pack.zip%21/Experts/a.mq4"
    assert shown_name(raws[3]) == "wow!/a.mq4"


def test_a_path_of_a_member_is_never_taken_for_a_file_on_disk() -> None:
    assert raw_of_shown("pack.zip!/a.mq4") == b"pack.zip!/a.mq4"
