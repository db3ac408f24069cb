"""Everything this package raises on purpose, in one tree.

    OrquestradorError
    ├── MessageError
    │   ├── MessageDefinitionError     a message type that is not immutable data
    │   ├── MessageValueError          a value that the message type does not allow
    │   ├── MessageDecodeError         bytes that are no message we know
    │   └── FrameTooLargeError         more bytes than the reader's limit
    ├── SettingsError                  settings that cannot be used (exit status 2)
    ├── CatalogError                   the catalog cannot be read or written
    ├── SnapshotError                  a snapshot cannot be taken, found or restored
    ├── SupervisionError               the actor runtime's own (orquestrador.supervisor)
    └── LibraryError
        ├── LibraryInUseError          another process holds the state folder
        └── RunFailedError             a run ended before every file had its turn

A class exists because someone catches it; every message says what happened, with
the value, and then what to do.
"""


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
        super().__init__("\n".join(problems))
        self.problems = problems


class CatalogError(OrquestradorError):
    """The catalog cannot be read or written."""


class SnapshotError(OrquestradorError):
    """A snapshot cannot be taken, found, verified or restored."""


class SupervisionError(OrquestradorError):
    """A child, a supervisor or a ref cannot do what was asked of it."""


class LibraryError(OrquestradorError):
    """A library, or the state kept about it, cannot be used."""


class LibraryInUseError(LibraryError):
    """Another process holds the library's state folder."""


class RunFailedError(LibraryError):
    """A run ended before every file had its turn; names the actor and the cause."""
