"""Everything this package raises on purpose, in one tree.

    OrquestradorError
    ├── MessageError
    │   ├── MessageDefinitionError     a message type that is not immutable data
    │   ├── MessageValueError          a value that the message type does not allow
    │   ├── MessageDecodeError         bytes that are no message we know
    │   └── FrameTooLargeError         more bytes than the reader's limit
    ├── SettingsError                  settings that cannot be used (exit status 2)
    ├── RuleError                      a rule pack that cannot be used
    ├── CatalogError                   the catalog cannot be read or written
    ├── DatasetError                   a table of records, or shards, cannot be used
    ├── CorrectionsError               the user's corrections cannot be read
    ├── SnapshotError                  a snapshot cannot be taken, found or restored
    │   ├── PublicRepositoryError      anybody could read what is pushed there
    │   └── SnapshotDamagedError       bytes in the repository are not what was written
    ├── OrganizeError                  a plan cannot be made, read, applied or undone
    │   └── JournalDamagedError        a record of moves is not what was written
    ├── NotificationError              people could not be told of an alert
    ├── ReportError                    a report needs a library that is not installed
    ├── SupervisionError               the actor runtime's own (orquestrador.supervisor)
    │   ├── ChildSpecError             a child spec or flags that cannot be used
    │   ├── ChildStartError            a child, and so its supervisor, cannot start
    │   ├── StartIgnoredError          an actor that says: there is nothing to run
    │   ├── ChildRequestError          a supervisor refuses what was asked about a child
    │   ├── RestartLimitError          children fail more often than allowed
    │   ├── UnknownActorError          no actor has that name
    │   ├── BlockingAskError           a handler would wait for another actor
    │   ├── FencedError                an incarnation that was cut off
    │   ├── RestartingError            an ask to an actor that is being restarted
    │   ├── MailboxFullError           a bounded mailbox has no room
    │   ├── StashFullError             an actor put more messages aside than it may
    │   ├── NotEncodableError          a message that is not data, where it must be
    │   ├── ProtocolDefinitionError    an actor class at odds with what it declares
    │   └── UnacceptedMessageError     a message that an actor does not accept
    ├── RemoteError                    what is wrong between two processes
    │   ├── NobodyListensError         no system listens at that address
    │   ├── NotGreetedError            something listens there and does not answer
    │   ├── PeerRefusedError           the other side is not what it must be
    │   ├── RequestRefusedError        the other side does not serve what was asked
    │   └── RemoteActorError           an actor on the other side failed; in its words
    ├── SimulationError                a simulation cannot go on, or is misused
    │   ├── PromiseBrokenError         the runtime did not keep a promise in a schedule
    │   └── ScheduleError              a schedule failed; has its seed and its trace
    ├── OperationTimeoutError          what was asked for has not ended within its limit
    └── LibraryError
        ├── LibraryInUseError          another process holds the state folder
        ├── LibraryAwayError           the library's folder is not there, or empty
        ├── RunFailedError             a run ended before every file had its turn
        └── EntryPointError            actors of another package cannot be used

A class exists because someone catches it; every message says what happened, with
the value, and then what to do.
"""

from orquestrador.visible import visible


class OrquestradorError(Exception):
    """The root: `except OrquestradorError` catches what this package raises."""


class MessageError(OrquestradorError):
    """A message that cannot be defined, built, encoded or decoded."""


class MessageDefinitionError(MessageError, TypeError):
    """A message type has a part that is not immutable data."""


class MessageValueError(MessageError, ValueError):
    """A constructor was given a value that the message type does not allow."""


class MessageDecodeError(MessageError, ValueError):
    """Bytes are no message that the reader knows; the text has the field's path."""


class FrameTooLargeError(MessageError, ValueError):
    """A frame, or a part of it, is larger than the reader's limit."""


class SettingsError(OrquestradorError, ValueError):
    """Settings cannot be used: names the file, the key's path and what is allowed.

    Attributes:
        problems: every mistake that was found, one sentence each.

    """

    def __init__(self, *problems: str) -> None:
        # They quote what a file or a variable holds.
        self.problems = tuple(map(visible, problems))
        super().__init__("\n".join(self.problems))


class RuleError(OrquestradorError, ValueError):
    """A rule pack cannot be used: names the pack or rule and what is allowed."""


class CatalogError(OrquestradorError):
    """The catalog cannot be read or written."""


class DatasetError(OrquestradorError):
    """A table of records, or shards of sources, cannot be read, written or gone on."""


class CorrectionsError(OrquestradorError):
    """The user's corrections of labels cannot be read; they are left as they are."""


class SnapshotError(OrquestradorError):
    """A snapshot cannot be taken, found, verified or restored."""


class PublicRepositoryError(SnapshotError):
    """Anybody can read the repository that snapshots were to be pushed to."""


class SnapshotDamagedError(SnapshotError):
    """Bytes in the snapshot repository are missing, or not what was written."""


class OrganizeError(OrquestradorError):
    """A plan cannot be made, read, applied or undone."""


class JournalDamagedError(OrganizeError):
    """The journal of an apply cannot be read: what was moved is not known."""


class NotificationError(OrquestradorError):
    """People could not be told of an alert; never holds an address or a password."""


class ReportError(OrquestradorError):
    """A report needs a library that is not installed; says how to install it."""


class SupervisionError(OrquestradorError):
    """A child, a supervisor or a ref cannot do what was asked of it."""


class ChildSpecError(SupervisionError, ValueError):
    """A child spec or a supervisor's flags cannot be used; `code` says which part."""

    def __init__(self, code: str, value: object) -> None:
        """Name the fault with OTP's word for it, and the value that has it."""
        super().__init__(f"{code}: {value!r}")
        self.code = code
        self.value = value


class ChildStartError(SupervisionError):
    """A child cannot start; the cause is the child's own error."""

    def __init__(self, supervisor: str, child: str, reason: object) -> None:
        """Name the supervisor and the id of the child that stopped its start."""
        super().__init__(
            f"supervisor {supervisor!r} cannot start its child {child!r}: {reason}"
        )
        self.supervisor = supervisor
        self.child = child


class StartIgnoredError(SupervisionError):
    """Raised by a constructor or `on_start`: nothing to run, and nothing failed."""


class ChildRequestError(SupervisionError):
    """A supervisor refuses a request about a child; `code` is OTP's word for why."""

    def __init__(self, code: str, child: object, ref: object = None) -> None:
        """Name the fault, the child, and its ref where there is one."""
        super().__init__(f"{code}: {child}")
        self.code = code
        self.child = child
        self.ref = ref


class RestartLimitError(SupervisionError):
    """A supervisor gave up: its children failed more often than it allows."""


class UnknownActorError(SupervisionError, LookupError):
    """No actor of the system has that name."""


class BlockingAskError(SupervisionError, RuntimeError):
    """A handler would wait for another actor; names both."""


class FencedError(SupervisionError, RuntimeError):
    """An incarnation was cut off: its pending asks fail, its sends are refused."""


class ProtocolDefinitionError(SupervisionError, TypeError):
    """An actor class declares messages that it has no handler for, or no messages."""


class UnacceptedMessageError(SupervisionError, TypeError):
    """A message that the receiver does not accept; raised in the sender.

    Attributes:
        message_type: name of the message's type.
        accepted: names of the types that the receiver accepts, sorted.

    """

    def __init__(
        self, message_type: str, accepted: tuple[str, ...], receiver: str
    ) -> None:
        """Name what was sent, and all that may be."""
        super().__init__(
            f"{receiver} does not accept {message_type}; it accepts "
            f"{', '.join(accepted) or 'nothing from others'}"
        )
        self.message_type = message_type
        self.accepted = accepted


class RestartingError(SupervisionError, RuntimeError):
    """The actor is being restarted, and its spec lets no ask wait for that."""


class MailboxFullError(SupervisionError, RuntimeError):
    """A bounded mailbox has no room; names the actor, its limit and what was done."""


class StashFullError(SupervisionError, RuntimeError):
    """An actor put more messages aside than its spec allows."""


class NotEncodableError(SupervisionError, TypeError):
    """A message or reply is not data and cannot become bytes; says which part."""


class RemoteError(OrquestradorError):
    """Something between this process and the system of another one went wrong."""


class NobodyListensError(RemoteError):
    """No system listens at the address: none was started, or it has ended."""


class NotGreetedError(RemoteError):
    """Something listens at the address, and did not answer in time.

    A system that is flooded with connections, suspended or stuck; it holds its
    state folder, so this is another case than that no system runs.
    """


class PeerRefusedError(RemoteError):
    """The other side, or a folder or file on the way, is not what it has to be."""


class RequestRefusedError(RemoteError, ValueError):
    """The other side does not serve the actor, the message or so much at once."""


class RemoteActorError(RemoteError):
    """An actor on the other side raised an error.

    Attributes:
        error: the name of the error's type there.
        words: what it said.

    """

    def __init__(self, error: str, words: str) -> None:
        super().__init__(f"{error}: {words}" if words else error)
        self.error = error
        self.words = words


class SimulationError(OrquestradorError, RuntimeError):
    """A simulation cannot go on, or is not used as it has to be."""


class PromiseBrokenError(SimulationError, AssertionError):
    """The runtime did not keep a promise in a schedule; says which."""


class ScheduleError(SimulationError):
    """A schedule failed; the cause is what failed in it.

    Attributes:
        seed: which schedule.
        trace: everything that happened in it, a line each.

    """

    def __init__(self, seed: int, error: Exception, trace: str) -> None:
        super().__init__(
            f"{trace}\n"
            f"the schedule of seed {seed} failed: {type(error).__name__}: {error}\n"
            f"replay it: simulate(scenario, {seed})"
        )
        self.seed = seed
        self.trace = trace


class OperationTimeoutError(OrquestradorError, TimeoutError):
    """What was asked for has not ended within its limit.

    A type of its own: the builtin one may come out of the caller's signal handler.

    Attributes:
        parts: what had not ended: `start`, `classification`, `snapshot`, `report`,
            `watching`, `stop`.

    """

    def __init__(self, words: str, *parts: str) -> None:
        super().__init__(words)
        self.parts = parts


class LibraryError(OrquestradorError):
    """A library, or the state kept about it, cannot be used."""


class LibraryInUseError(LibraryError):
    """Another process holds the library's state folder."""


class LibraryAwayError(LibraryError):
    """The library's folder is not there, is another one, or has lost all its files."""


class RunFailedError(LibraryError):
    """A run ended before every file had its turn; names the actor and the cause."""


class EntryPointError(LibraryError):
    """What another package offers as actors cannot be used; names the entry point."""
