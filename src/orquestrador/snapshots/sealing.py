"""Encrypts an export with age, so that `age -d` opens it anywhere.

The library behind it comes with the extra `orquestrador[age]`.
"""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import IO

from orquestrador.errors import SnapshotError
from orquestrador.snapshots.exporting import Seal
from orquestrador.snapshots.pulling import Pulled

MAX_WITH_PASSPHRASE = 1 << 30
"""With a passphrase all of it has to be in memory; more than this is refused."""


def to_recipients(recipients: Sequence[str]) -> Seal:
    """Return what encrypts for the owners of keys.

    Args:
        recipients: `age1…`, or a line of a public SSH key file.

    Raises:
        SnapshotError: if one is no key, or age is not installed.

    """
    age = _age()
    keys = [_key(age, each.strip()) for each in recipients]

    def seal(stream: Pulled, file: IO[bytes]) -> None:
        age.encrypt_io(stream, file, keys)

    return seal


def with_passphrase(passphrase: str) -> Seal:
    """Return what encrypts with a passphrase; it takes a second on purpose.

    Raises:
        SnapshotError: if it is empty, or age is not installed.

    """
    age = _age()
    if not passphrase:
        raise SnapshotError("an empty passphrase protects nothing; choose another")

    def seal(stream: Pulled, file: IO[bytes]) -> None:
        data = stream.read(MAX_WITH_PASSPHRASE + 1)
        if len(data) > MAX_WITH_PASSPHRASE:
            raise SnapshotError(
                "the export is over 1 GB, too much for a passphrase; make a key with "
                "`age-keygen` and use --age-recipient"
            )
        file.write(age.passphrase.encrypt(data, passphrase))

    return seal


def _key(age: ModuleType, text: str) -> object:
    # An SSH key's comment is no part of it.
    words = " ".join(text.split()[:2]) if text.startswith("ssh-") else text
    kind = age.ssh if text.startswith("ssh-") else age.x25519
    try:
        return kind.Recipient.from_str(words)
    except age.RecipientError as error:
        raise SnapshotError(
            f"{text[:80]!r} is no age recipient ({error}); it begins with age1, or is "
            "a line of a public SSH key file"
        ) from error


def _age() -> ModuleType:
    try:
        return import_module("pyrage")
    except ImportError as error:
        raise SnapshotError(
            "encrypting needs the extra `age`: pip install 'orquestrador[age]'"
        ) from error
