"""What a report says, whatever the file it is written to: plain, frozen data."""

import datetime as dt

from orquestrador.messages import Evidence, Message, Run, Summary, Tally, sameness
from orquestrador.messages.catalog import RunState
from orquestrador.messages.history import Change

SCHEMA_VERSION = 1
"""Of the JSON report: raised when a key changes its meaning or goes away."""


class Danger(Message, tag=False):
    """One danger of an expert and where it was seen."""

    danger: str
    """As in `Summary.dangers`."""

    evidence: tuple[Evidence, ...]
    """The first lines that show it."""


class EndangeredExpert(Message, tag=False):
    """A content that is an expert with at least one danger."""

    path: str
    """Of its least nested file."""

    copies: int
    """Further files with the same bytes."""

    primary: str | None
    symbols: tuple[str, ...]
    dangers: tuple[Danger, ...]


class CopyGroup(Message, tag=False):
    """Files with the same bytes."""

    sha256: str
    size: int
    """Bytes of each."""

    files: int
    surplus_bytes: int
    paths: tuple[str, ...]
    """The least nested of them first; not all, when they are many."""


class AlikeFiles(Message, tag=False):
    """Files of the same code, or near ones, whose bytes are not the same."""

    files: int
    """Beside the best of their groups; of files with the same bytes one counts."""

    bytes: int
    """Size of these."""

    total: int
    """Of groups: `groups` and those that are left out."""

    groups: tuple[sameness.CopyGroup, ...]
    """The costliest first; of each content one file, at most `collecting.MOST_PATHS`;
    `surplus_bytes` of these alone."""


class UnclassifiedFile(Message, tag=False):
    """A file of which language or kind is not known."""

    path: str
    reason: str


class BackupStatus(Message, tag=False):
    """What is kept, and where."""

    snapshots: int
    newest: dt.datetime | None
    """When the newest snapshot was taken, UTC."""

    files: int
    """In the newest snapshot."""

    bytes: int
    """Size of the repository on disk."""

    folder: str
    only_on_library_disk: bool
    """Whether a failure of the library's disk would take every backup along."""


class RunStatus(Message, tag=False):
    """How the last run went."""

    state: RunState
    started_at: dt.datetime
    """UTC."""

    seconds: float | None
    """None while it runs."""

    reason: str | None
    seen: int
    read: int
    classified: int
    failed: int
    removed: int

    @classmethod
    def of(cls, run: Run) -> "RunStatus":
        """Return what a report says about a run of the catalog."""
        began, ended = run.started_at_ns, run.ended_at_ns
        return cls(
            state=run.state,
            started_at=dt.datetime.fromtimestamp(began // 10**9, dt.UTC),
            seconds=None if ended is None else (ended - began) / 1e9,
            reason=run.reason,
            seen=run.counts.seen,
            read=run.counts.read,
            classified=run.counts.classified,
            failed=run.counts.failed,
            removed=run.counts.removed,
        )


class RecentChanges(Message, tag=False):
    """What is other than it was when the last report was written."""

    since: dt.datetime
    """When that was, UTC."""

    total: int
    """Of `changes` and those that are left out."""

    changes: tuple[Change, ...]
    """In path order; at most `collecting.MOST_ROWS`."""


class ReportData(Message, tag=False):
    """Everything a report says; the same data gives the same files, byte for byte."""

    schema_version: int
    """`SCHEMA_VERSION`."""

    written_at: dt.datetime
    """As the caller says, so that this is a function of its input; UTC."""

    program: str
    """Name and version of the program."""

    library: str
    """The library's folder."""

    summary: Summary
    strategies: tuple[Tally, ...]
    """By primary strategy, the most frequent first."""

    symbols: tuple[Tally, ...]
    """The most frequent first."""

    endangered: tuple[EndangeredExpert, ...]
    """Most dangers first; at most `collecting.MOST_ROWS`, as the next two."""

    copies: tuple[CopyGroup, ...]
    """Most surplus bytes first."""

    unclassified: tuple[UnclassifiedFile, ...]
    run: RunStatus | None
    """None before the first run."""

    backup: BackupStatus | None
    """None when there is no backup."""

    recent: RecentChanges | None = None
    """None in the first report."""

    alike: AlikeFiles | None = None
    """None when there are none."""
