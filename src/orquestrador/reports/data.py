"""What a report says, whatever the file it is written to: plain, frozen data."""

import datetime as dt
from typing import Literal

from orquestrador.messages import Evidence, Message, Run, Summary, Tally, sameness
from orquestrador.messages.catalog import RunState
from orquestrador.messages.history import Change, TrendPoint
from orquestrador.messages.record import Verdict
from orquestrador.messages.report import ReportKind

SCHEMA_VERSION = 2
"""Of the JSON report: raised when a key changes its meaning or goes away."""

AdviceCode = Literal[
    "no_backup",
    "one_disk",
    "secrets",
    "no_stop_loss",
    "martingale",
    "dll_import",
    "decompiled",
    "locks",
    "copies",
    "variants",
    "unread",
    "unknown",
    "pending",
]


class Danger(Message, tag=False):
    """One danger of an expert, or one mark of a file, and where it was seen."""

    danger: str
    """As in `Summary.dangers`, or the code of a hygiene label."""

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


class MarkedFile(Message, tag=False):
    """A content that is locked, decompiled, or holds a secret."""

    path: str
    """Of its least nested file."""

    copies: int
    """Further files with the same bytes."""

    kind: str
    marks: tuple[Danger, ...]


class Candidate(Message, tag=False):
    """A content that a prop firm's profile does not call unsuitable."""

    path: str
    """Of its least nested file."""

    copies: int
    """Further files with the same bytes."""

    primary: str | None
    symbols: tuple[str, ...]
    profile: str
    score: int
    """0 to 100."""

    level: Verdict
    missed: tuple[str, ...]
    """Ids of the profile's rules, in its order."""


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


class CopyCost(Message, tag=False):
    """What copies of one sameness cost beside the file that is kept of each."""

    sameness: sameness.Sameness
    """`exact`: repeated bytes; `same_code` and `near`: each further content once."""

    files: int
    bytes: int


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
    """The moment that the last report told of, UTC."""

    total: int
    """Of `changes` and those that are left out."""

    changes: tuple[Change, ...]
    """In path order; at most `collecting.MOST_ROWS`."""


class Advice(Message, tag=False):
    """Something to do, and the figures it follows from."""

    advice: AdviceCode
    files: int
    contents: int
    bytes: int
    """Of what could be won, where it is about space."""


class ContentRow(Message, tag=False):
    """One content, or one unread file, and all files that hold it."""

    sha256: str
    """Empty when it could not be read."""

    size: int
    """Bytes."""

    language: str
    kind: str
    primary: str | None
    strategies: tuple[str, ...]
    risk: tuple[str, ...]
    hygiene: tuple[str, ...]
    symbols: tuple[str, ...]
    timeframes: tuple[str, ...]
    verdict: Verdict | None
    prop_score: int | None
    """0 to 100, as the next one."""

    quality: int | None

    reason: str | None
    paths: tuple[str, ...]
    """In path order."""


class ReportData(Message, tag=False):
    """Everything a report says; the same data gives the same files, byte for byte."""

    schema_version: int
    """`SCHEMA_VERSION`."""

    kind: ReportKind
    as_of: dt.datetime
    """When the catalog was stored to last, UTC: what is said was so then."""

    program: str
    """Name and version of the program."""

    library: str
    """The library's folder."""

    summary: Summary
    strategies: tuple[Tally, ...]
    """By primary strategy, the most frequent first."""

    symbols: tuple[Tally, ...]
    """The most frequent first, as the next ones."""

    timeframes: tuple[Tally, ...]
    risk: tuple[Tally, ...]
    """Of experts: protections and dangers."""

    hygiene: tuple[Tally, ...]
    """Of all kinds."""

    verdicts: tuple[Tally, ...]
    """By the level of the prop firm's verdict, of what opens trades."""

    quality: tuple[Tally, ...]
    """By score: `0-19`, `20-39`, `40-59`, `60-79`, `80-100`, all five in this order."""

    encodings: tuple[Tally, ...]
    advice: tuple[Advice, ...]
    """The most urgent first."""

    trend: tuple[TrendPoint, ...]
    """The oldest first; of runs after which the figures were the same, the first."""

    endangered: tuple[EndangeredExpert, ...]
    """Most dangers first; at most `collecting.MOST_ROWS`, as the next ones."""

    shortlist: tuple[Candidate, ...]
    """What is ready first, then the highest score."""

    marked: tuple[MarkedFile, ...]
    """Secrets first, then the path."""

    marked_total: int
    """Of `marked` and those that are left out."""

    copies: tuple[CopyGroup, ...]
    """Most surplus bytes first."""

    copies_total: int
    """Of `copies` and those that are left out."""

    cost: tuple[CopyCost, ...]
    """`exact`, `same_code` and `near`: always all three, in this order."""

    unclassified: tuple[UnclassifiedFile, ...]
    run: RunStatus | None
    """None before the first run."""

    backup: BackupStatus | None
    """None when there is no backup."""

    recent: RecentChanges | None = None
    """None in the first report."""

    alike: AlikeFiles | None = None
    """None when there are none."""

    contents: tuple[ContentRow, ...] | None = None
    """Every file by its content, in the order of their first paths; None unless
    the report is `full`."""
