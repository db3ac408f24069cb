"""What `doctor` looks at: each check says what it found and what to do about it."""

import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, NamedTuple

from orquestrador.errors import OrquestradorError
from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

_LIBRARIES = ("pykka", "watchdog", "psutil", "msgpack", "msgspec", "dulwich")
_LEAST_FREE_MB = 500
_OLD_SNAPSHOT_DAYS = 7
_WORKER_LIMIT_S = 30.0


_EXPECTED = (OrquestradorError, OSError, sqlite3.Error, subprocess.SubprocessError)


class Finding(NamedTuple):
    """What one check says."""

    subject: str
    level: Literal["ok", "warning", "problem"]
    words: str
    remedy: str | None = None


def findings(session: Session) -> Iterator[Finding]:
    """Yield what each check finds, one after the other; a check never raises."""
    for check in _CHECKS:
        try:
            yield from check(session)
        except _EXPECTED as error:
            yield Finding(check.__name__.strip("_"), "problem", error_text(error))


def _python(_session: Session) -> Iterator[Finding]:
    words = f"{platform.python_version()}, {platform.system()} {platform.release()}"
    yield Finding("Python", "ok", words)
    missing: list[str] = []
    found: list[str] = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        remedy = _("Install the program again: `pip install --force-reinstall .`")
        yield Finding(_("Libraries"), "problem", ", ".join(missing), remedy)
    else:
        yield Finding(_("Libraries"), "ok", ", ".join(found))


def _screen(_session: Session) -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "ascii").lower()
    if encoding.replace("-", "") == "utf8":
        yield Finding(_("Screen"), "ok", encoding)
        return
    remedy = _("Names it lacks are shown as \\uXXXX; set PYTHONUTF8=1 for all of them.")
    yield Finding(_("Screen"), "warning", encoding, remedy)


def _settings(session: Session) -> Iterator[Finding]:
    loaded = session.loaded
    place = str(loaded.file) if loaded.file else _("the defaults; there is no file")
    yield Finding(_("Settings"), "ok", place)


def _library(session: Session) -> Iterator[Finding]:
    from orquestrador.library import list_files, suffix_of  # noqa: PLC0415 -- not for --help

    session.require_library()
    suffixes = frozenset(session.loaded.settings.classification.suffixes)
    sources = unread = 0
    for entry in list_files(session.library, excluded_folders=frozenset({".git"})):
        sources += suffix_of(entry.raw) in suffixes and entry.problem is None
        unread += entry.problem is not None
    words = _("{library}: {sources} source files").format(
        library=session.library, sources=session.number(sources)
    )
    if not sources:
        remedy = _("Name the folder with your sources: --library DIR")
        yield Finding(_("Library"), "warning", words, remedy)
    elif unread:
        words += ", " + _("{count} cannot be read").format(count=session.number(unread))
        remedy = _("`search --kind unknown` lists them with the reason")
        yield Finding(_("Library"), "warning", words, remedy)
    else:
        yield Finding(_("Library"), "ok", words)


def _watching(session: Session) -> Iterator[Finding]:
    """Compare the folders to watch with what Linux allows."""
    from orquestrador.library.drives import SILENT, network_drive  # noqa: PLC0415 -- not for --help
    from orquestrador.tree import excludes  # noqa: PLC0415 -- likewise
    from orquestrador.watching import (  # noqa: PLC0415 -- likewise
        count_folders,
        inotify_limits,
        watches_command,
    )

    settings = session.loaded.settings
    drive = network_drive(session.library, SILENT)
    if settings.watch.observer == "polling" or (
        settings.watch.observer == "auto" and drive is not None
    ):
        words = _("polling every {seconds} s").format(
            seconds=session.number(settings.watch.poll_s)
        )
        words += f" ({drive})" if drive is not None else ""
        yield Finding(_("Watching"), "ok", words)
        return
    limits = inotify_limits()
    if limits is None:
        yield Finding(_("Watching"), "ok", _("native"))
        return
    needed = count_folders(
        session.library, excludes(session.library, session.state, settings)
    )
    words = _("{needed} folders; Linux allows {allowed} for all of your programs")
    words = words.format(
        needed=session.number(needed), allowed=session.number(limits.watches)
    )
    if needed < limits.watches / 2:
        yield Finding(_("Watching"), "ok", words)
    else:
        yield Finding(_("Watching"), "warning", words, watches_command(needed))


def _state(session: Session) -> Iterator[Finding]:
    from orquestrador.state import is_cloud_folder  # noqa: PLC0415 -- not for --help

    place = next(
        each for each in (session.state, *session.state.parents) if each.exists()
    )
    free_mb = shutil.disk_usage(place).free / 1e6
    words = _("{state}: {free} GB free").format(
        state=session.state, free=session.number(free_mb / 1e3, 1)
    )
    if is_cloud_folder(session.state):
        remedy = _(
            "A cloud service copies this folder; choose another with --state DIR"
        )
        yield Finding(_("State folder"), "problem", words, remedy)
    elif free_mb < _LEAST_FREE_MB:
        remedy = _("Make room on this disk, or choose another with --state DIR")
        yield Finding(_("State folder"), "warning", words, remedy)
    else:
        yield Finding(_("State folder"), "ok", words)


def _catalog(session: Session) -> Iterator[Finding]:
    path = session.state / "catalog.sqlite3"
    if not path.exists():
        remedy = session.command("classify")
        yield Finding(_("Catalog"), "warning", _("there is none yet"), remedy)
        return
    with sqlite3.connect(path.as_uri() + "?mode=ro", uri=True) as database:
        answer = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    database.close()
    if answer == "ok":
        size = session.megabytes(path.stat().st_size)
        yield Finding(_("Catalog"), "ok", size)
        return
    remedy = _("Delete {path} and classify again; snapshots and sources are not in it")
    yield Finding(_("Catalog"), "problem", answer, remedy.format(path=path))


def _backup(session: Session) -> Iterator[Finding]:
    from orquestrador.reports.alert_words import duration  # noqa: PLC0415 -- likewise
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    take = session.command("backup create")
    if not (session.snapshots / "HEAD").exists():
        yield Finding(_("Backup"), "warning", _("there is no snapshot"), take)
        return
    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        newest = next(iter(repository.list()), None)
    if newest is None:
        yield Finding(_("Backup"), "warning", _("there is no snapshot"), take)
        return
    days = (datetime.now(UTC) - newest.time).total_seconds() / 86_400
    age = duration(round(max(0.0, days * 86_400)), session.translation)
    words = _("newest snapshot {id}, {age} old").format(id=newest.id, age=age)
    level: Literal["ok", "warning"] = "warning" if days > _OLD_SNAPSHOT_DAYS else "ok"
    yield Finding(_("Backup"), level, words, take if level == "warning" else None)
    yield from _soundness(session)
    yield from _second_place(session)


def _restore(session: Session) -> Iterator[Finding]:
    """Say so where a restore into the library was cut short."""
    path = session.state / "journal" / "restore"
    if not path.exists():
        return
    from orquestrador.snapshots.restore_journal import RestoreJournal  # noqa: PLC0415 -- heavy

    last = RestoreJournal(path).read()
    if last is not None and last[1] in {"planned", "undoing"}:
        words = _(
            "a restore of snapshot {id} into the library was cut short: every file is "
            "as it was before or after it"
        ).format(id=last[0].snapshot)
        remedy = session.command("backup restore --undo")
        yield Finding(_("Backup"), "problem", words, remedy)


def _soundness(session: Session) -> Iterator[Finding]:
    from orquestrador.snapshots.checked import load_checks  # noqa: PLC0415 -- not for --help

    checks = load_checks(session.snapshots / "orquestrador")
    verify = session.command("backup verify")
    if checks.unsound is not None:
        words = _("the check of {day} found {count} problems").format(
            day=f"{checks.unsound.at.astimezone():%Y-%m-%d}",
            count=session.number(checks.unsound.problems),
        )
        yield Finding(_("Backup"), "problem", words, f"{verify} --repair")
    elif checks.verified is None:
        words = _("no snapshot has been checked yet")
        yield Finding(_("Backup"), "warning", words, verify)
    else:
        words = _("snapshot {id} is checked, every byte of it").format(
            id=checks.verified.snapshot
        )
        yield Finding(_("Backup"), "ok", words)
    test = checks.restored
    if test is not None and test.problem is not None:
        words = _("the test restore failed: {reason}").format(
            reason=error_text(test.problem)
        )
        yield Finding(_("Backup"), "problem", words, verify)


def _second_place(session: Session) -> Iterator[Finding]:
    from orquestrador.interface.summary import backup_place  # noqa: PLC0415 -- not for --help
    from orquestrador.snapshots.pushed import has_second_place  # noqa: PLC0415 -- likewise

    words = backup_place(session)
    if has_second_place(session.snapshots, session.library):
        yield Finding(_("Backup"), "ok", words)
        return
    remedy = session.command("backup push " + _("FOLDER_ON_ANOTHER_DISK"))
    yield Finding(_("Backup"), "warning", words, remedy)


def _worker(session: Session) -> Iterator[Finding]:
    """Start a worker process, as a run does, and wait for its first word."""
    from orquestrador.messages import FrameReader  # noqa: PLC0415 -- not for --help
    from orquestrador.tree import CLASSIFY  # noqa: PLC0415 -- not for --help

    settings = session.loaded.settings.classification
    began = time.monotonic()
    process = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [
            sys.executable,
            "-m",
            "orquestrador.worker",
            CLASSIFY,
            str(settings.worker_memory_mb),
            str(settings.content_limit_s),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_WORKER_LIMIT_S,
        check=False,
    )
    ready = any(FrameReader().feed(process.stdout))
    took = session.number(time.monotonic() - began, 1)
    if ready:
        words = _("{count} processes, ready in {seconds} s").format(
            count=settings.worker_count(), seconds=took
        )
        yield Finding(_("Workers"), "ok", words)
        return
    last = process.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    remedy = _("Until then work without processes: `classify --engine inline`")
    yield Finding(_("Workers"), "problem", "".join(last) or "?", remedy)


_CHECKS: tuple[Callable[[Session], Iterator[Finding]], ...] = (
    _python,
    _screen,
    _settings,
    _library,
    _watching,
    _state,
    _catalog,
    _backup,
    _restore,
    _worker,
)
