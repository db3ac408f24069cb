"""The conversation with the catalog: what is stored, asked for and answered."""

from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages.base import Message
from orquestrador.messages.record import Kind, Language, Record, Verdict
from orquestrador.messages.run import RunOrder
from orquestrador.messages.sameness import Sameness, Sketch

NonNegative = Annotated[int, Meta(ge=0)]
Nanoseconds = int
"""A time: nanoseconds since 1970-01-01 UTC."""

RunState = Literal["running", "done", "failed", "interrupted"]
Words = Annotated[str, Meta(max_length=500)]


class FileState(Message):
    """What a look at one file of the library found."""

    raw: bytes
    """Raw name, relative to the library's root (`orquestrador.library`): the key."""

    size: NonNegative
    """Bytes."""

    mtime_ns: Nanoseconds
    """When its content changed last, as the file system says."""

    inode: NonNegative | None
    """None where the listing has none."""

    scanned_at_ns: Nanoseconds
    """When this look was taken."""

    sha256: str | None
    """Of its bytes; None when they could not be read."""

    suffix: str = ""
    """Of its name, in lower case, with the dot; with `sha256` it names the content."""

    sniffed: bool = False
    """Whether it belongs to the library only if its content turns out to be MQL or
    Pine (a `.txt`, a name without suffix). If not, it is known, so that it is not
    read again, but in no list and no figure."""

    problem: str | None = None
    """Why it could not be read or classified; None when nothing stands against it."""


class ClassifiedContent(Message):
    """A record and the suffix that broke its ties: with the hash, its key."""

    suffix: str
    """In lower case, with the dot; empty for a name without one."""

    record: Record
    """Its path is not kept: many files may hold the content."""

    sketch: Sketch | None = None
    """By which the copies of its code are found; None where it has none."""


class Batch(Message):
    """What one transaction stores: all of it, or nothing."""

    files: tuple[FileState, ...] = ()
    records: tuple[ClassifiedContent, ...] = ()
    removed: tuple[bytes, ...] = ()
    """Raw names at which nothing stands any more, with all that was below them."""

    removed_at_ns: tuple[Nanoseconds, ...] = ()
    """When that was seen, of each; a file that was looked at later stays. Empty: in
    any case."""


class RunCounts(Message):
    """What a run did, in files."""

    seen: NonNegative = 0
    read: NonNegative = 0
    """Opened and hashed; the others were unchanged."""

    classified: NonNegative = 0
    """Distinct contents sent to a worker and answered."""

    failed: NonNegative = 0
    removed: NonNegative = 0


class Run(Message):
    """One classification run."""

    id: int
    state: RunState
    order: RunOrder
    classifier: str
    """Version of the program and of its rules."""

    started_at_ns: Nanoseconds
    ended_at_ns: Nanoseconds | None
    reason: str | None
    """Why it failed or was interrupted."""

    counts: RunCounts


class SearchQuery(Message):
    """Which files to find: those for which everything given holds.

    Words are compared without case and accents; a word also finds longer words
    that begin with it, and the parts of a compound name (`stop` finds
    `TrailingStop`). What is neither letter nor digit only separates words.
    """

    words: Words = ""
    """Each must stand somewhere: in the path or in the source's name, author,
    description, inputs (names and comments) or functions."""

    text: Words = ""
    """A phrase: these words next to each other in the source's name, description,
    inputs or functions."""

    author: Words = ""
    """Words of the author's name or copyright."""

    kind: Kind | None = None
    language: Language | None = None
    strategy: tuple[str, ...] = ()
    """Codes of strategies, all of which the file has; not only as its first."""

    risk: tuple[str, ...] = ()
    """Codes of risk labels, all of which the file has."""

    no_risk: tuple[str, ...] = ()
    """Codes of risk labels, none of which the file has. A file whose risk labels
    are not known (level `quick`) is not found."""

    hygiene: tuple[str, ...] = ()
    prop_firm: Verdict | None = None
    """What the prop firm's profile says of the file."""

    symbol: str | None = None
    """Also finds the symbol's other names (`GOLD` for `XAUUSD`) and brokers'
    suffixes (`XAUUSDm`, `XAUUSD.a`)."""

    symbol_exact: bool = False
    """Find `symbol` as spelled, and nothing else."""

    timeframe: str | None = None
    duplicates: Sameness | None = None
    """Only files that have a copy: of the same bytes (`exact`), also of the same code
    (`same_code`), also near ones (`near`); a group's stand together, its best first."""

    missing_include: bool = False
    """Only files that include what is neither in the library nor MetaTrader's own."""

    includes: Words = ""
    """Only files that include a file of this name, whatever its folder and whether it
    is there."""

    changed_since_ns: Nanoseconds | None = None
    """Only files that were added, changed, renamed or are classified as something else
    since then. When it was seen counts, not the file's own time."""

    limit: NonNegative | None = None
    """At most so many records; None for all."""

    offset: NonNegative = 0
    """Leave out so many of the first records."""


class Tally(Message):
    """How often something occurs in the library."""

    code: str
    """What is counted: a language, a kind, a danger, or a reason."""

    files: NonNegative
    contents: NonNegative
    """Distinct contents among these files."""


class Facets(Message):
    """What a search finds, counted by what it could be narrowed down by.

    The most frequent codes first, at most forty of a facet. A file may have several
    codes of a facet, or none.
    """

    files: NonNegative
    """All that are found."""

    judged: NonNegative
    """Those of which the risk labels are known: `no_risk` finds no others."""

    language: tuple[Tally, ...]
    kind: tuple[Tally, ...]
    strategy: tuple[Tally, ...]
    risk: tuple[Tally, ...]
    hygiene: tuple[Tally, ...]
    prop_firm: tuple[Tally, ...]
    symbol: tuple[Tally, ...]
    """With other names of a symbol and brokers' suffixes counted as the symbol."""

    timeframe: tuple[Tally, ...]


class Summary(Message):
    """The library in figures, as the catalog knows it."""

    files: NonNegative
    bytes: NonNegative
    """Of all files together."""

    contents: NonNegative
    """Distinct contents, by their bytes; unread files have none."""

    surplus_files: NonNegative
    """Files that repeat the bytes of another one."""

    surplus_bytes: NonNegative
    languages: tuple[Tally, ...]
    """Of classified files; the most frequent first."""

    kinds: tuple[Tally, ...]
    experts: Tally
    """All experts; its code is `expert`."""

    endangered: Tally
    """Experts with at least one of `dangers`; its code is `any`."""

    dangers: tuple[Tally, ...]
    """Experts with `martingale`, `no_stop_loss`, `dll_import`, `web_request`,
    `locks` and `decompiled`: always all six, in this order."""

    unknown: tuple[Tally, ...]
    """Classified files of which language or kind is not known, by reason."""

    unread: tuple[Tally, ...]
    """Files that could not be read or classified, by reason."""

    pending: NonNegative
    """Files that still wait for their classification."""
