"""Talks to a Git repository elsewhere, with the means that git has on this machine."""

import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from dulwich.client import (
    AbstractHttpGitClient,
    GitClient,
    HTTPUnauthorized,
    default_urllib3_manager,
    get_transport_and_path,
)
from dulwich.config import StackedConfig
from dulwich.errors import (
    GitProtocolError,
    HangupException,
    NotGitRepository,
    SendPackError,
)
from dulwich.objects import ObjectID
from dulwich.pack import UnpackedObject
from dulwich.refs import Ref
from dulwich.repo import Repo

from orquestrador.errors import SnapshotError
from orquestrador.snapshots import credentials
from orquestrador.snapshots.pack import sync, sync_folder
from orquestrador.snapshots.remotes import (
    folder_of,
    host_of,
    readable_by_all,
    require_no_password,
)

T = TypeVar("T")

NOTHING = "0" * 40
"""What a reference is set to, to remove it."""

_TIMEOUT_S = 60.0
_QUIET_SSH = (
    "-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 "
    "-o ServerAliveCountMax=4"
)

Objects = Callable[[set[str], set[str]], tuple[int, Iterator[UnpackedObject]]]
"""Takes what is there and what is wanted, returns how many objects, and these."""


class Remote:
    """One place elsewhere.

    Args:
        location: a folder, or an address as git knows them.
        may_ask: whether the user may be asked for passwords.
        stopped: asked again and again; once true, the work ends with an error.

    Raises:
        SnapshotError: if the location cannot be used.

    """

    def __init__(
        self,
        location: str,
        *,
        may_ask: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        require_no_password(location)
        self.location = location
        self.folder = folder_of(location)
        self._may_ask = may_ask
        self._stopped = stopped
        self._credential: credentials.Credential | None = None
        self._client, self._path = self._connect()

    def prepare(self) -> None:
        """Make a repository in a folder that is empty or missing.

        Raises:
            SnapshotError: if something else is there.

        """
        folder = self.folder
        if folder is None or (folder / "HEAD").exists() or (folder / ".git").exists():
            return
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SnapshotError(
                f"{folder} holds other files; name an empty folder, or one that is "
                "not there yet"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            Repo.init_bare(str(folder)).close()
            (folder / "HEAD").write_bytes(b"ref: refs/heads/main\n")
        except OSError as error:
            raise SnapshotError(
                f"{folder} cannot be written: {error.strerror}; is the drive there?"
            ) from error

    def references(self) -> dict[str, str]:
        """Return its references and the objects that they name.

        Raises:
            SnapshotError: if it cannot be reached, or lets nobody in.

        """
        found = self._do(lambda: self._client.get_refs(self._path.encode()).refs)
        return {
            ref.decode("utf-8", "replace"): name.decode("ascii")
            for ref, name in found.items()
            if name is not None
        }

    def send(self, references: dict[str, str], objects: Objects) -> None:
        """Set references there, and send the objects they need.

        Args:
            references: name to object; `NOTHING` removes one.
            objects: which objects are sent.

        Raises:
            SnapshotError: if that failed; some of them may be set.

        """
        wanted = {
            Ref(ref.encode()): ObjectID(name.encode())
            for ref, name in references.items()
        }

        def update(there: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            return {
                ref: name
                for ref, name in wanted.items()
                if there.get(ref, ObjectID(NOTHING.encode())) != name
            }

        def data(
            have: set[ObjectID], want: set[ObjectID], **_options: object
        ) -> tuple[int, Iterator[UnpackedObject]]:
            count, found = objects(_texts(have), _texts(want))
            return count, self._watched(found)

        result = self._do(
            lambda: self._client.send_pack(self._path.encode(), update, data)  # type: ignore[arg-type]
        )
        for ref, problem in (result.ref_status or {}).items():
            if problem is not None:
                raise SnapshotError(
                    f"{self.location} refused {ref.decode('utf-8', 'replace')}: "
                    f"{problem}"
                )
        self._make_durable()

    def is_public(self) -> bool:
        """Whether anybody may read it: asked for without credentials."""
        address = readable_by_all(self.location)
        if address is None:
            return False
        try:
            client, path = get_transport_and_path(
                address, pool_manager=_pool(address, None)
            )
            client.get_refs(path.encode())
        except Exception:  # noqa: BLE001 -- whatever the reason, nobody can read it so
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _watched(self, found: Iterator[UnpackedObject]) -> Iterator[UnpackedObject]:
        for each in found:
            if self._stopped():
                raise SnapshotError("given up because the system stops")
            yield each

    def _connect(self) -> tuple[GitClient, str]:
        config = StackedConfig.default()
        if self.folder is not None:
            return get_transport_and_path(str(self.folder))
        credential = self._credential
        try:
            client, path = get_transport_and_path(
                self.location,
                config=config,
                operation="push",
                username=None if credential is None else credential.username,
                password=None if credential is None else credential.password,
                ssh_command=_ssh_command(config, may_ask=self._may_ask),
                pool_manager=_pool(self.location, config)
                if self.location.startswith("http")
                else None,
            )
        except ValueError as error:
            raise SnapshotError(f"{self.location}: {error}") from error
        return client, path

    def _do(self, work: Callable[[], T]) -> T:
        """Do something there; with the user's credentials where they are asked for."""
        try:
            try:
                done = work()
            except HTTPUnauthorized:
                self._log_in()
                done = work()
                if self._credential is not None:
                    credentials.tell(self.location, self._credential, worked=True)
        except HTTPUnauthorized as error:
            if self._credential is not None:
                credentials.tell(self.location, self._credential, worked=False)
            raise SnapshotError(self._no_entry()) from error
        except NotGitRepository as error:
            raise SnapshotError(
                f"{self.location} is no Git repository, or not yours to see: make an "
                "empty private one there, and write its address as git does"
            ) from error
        except (GitProtocolError, HangupException, SendPackError, OSError) as error:
            raise SnapshotError(self._failure(error)) from error
        return done

    def _log_in(self) -> None:
        if self._credential is None:
            self._credential = credentials.find(self.location, may_ask=self._may_ask)
        if self._credential is None:
            raise SnapshotError(self._no_entry())
        self._client.close()
        self._client, self._path = self._connect()

    def _no_entry(self) -> str:
        host = host_of(self.location)
        return (
            f"{host} wants a user name and a password, and git has none that it "
            f"takes. Make a token on {host} (with permission to write to this "
            f"repository), run `git ls-remote {self.location}` once, and give the "
            "token as password; git's credential manager keeps it"
        )

    def _failure(self, error: Exception) -> str:
        words = str(error).strip() or type(error).__name__
        if isinstance(self._client, AbstractHttpGitClient) or self.folder is not None:
            return f"{self.location}: {words}"
        host = host_of(self.location)
        if "ermission denied" in words or "publickey" in words:
            return (
                f"{host} does not let you in by ssh ({words}); make a key with "
                f"`ssh-keygen`, give {host} its .pub file, and try `ssh {host}`"
            )
        if "Host key" in words:
            return f"{words}; run `ssh {host}` once and say yes to its key"
        return f"{self.location}: {words}; `git ls-remote {self.location}` may say more"

    def _make_durable(self) -> None:
        """Have a folder's disk keep what was written: it may be unplugged next."""
        if self.folder is None:
            return
        top = self.folder / ".git" if (self.folder / ".git").is_dir() else self.folder
        for place in (top / "objects" / "pack", *_folders(top / "refs")):
            for path in place.iterdir():
                if path.is_file() and os.access(path, os.W_OK):
                    with path.open("rb+") as file:
                        sync(file)
            sync_folder(place)


def _folders(top: Path) -> list[Path]:
    return [Path(folder) for folder, _, _ in os.walk(top)]


def _pool(location: str, config: StackedConfig | None) -> Any:  # noqa: ANN401 -- urllib3's
    return default_urllib3_manager(config, base_url=location, timeout=_TIMEOUT_S)


def _ssh_command(config: StackedConfig, *, may_ask: bool) -> str | None:
    """Return the ssh that git would use; one that asks nothing, unless it may."""
    command = os.environ.get("GIT_SSH_COMMAND")
    if not command and os.environ.get("GIT_SSH"):
        command = shlex.quote(os.environ["GIT_SSH"])
    if not command:
        with suppress(KeyError):
            command = config.get((b"core",), b"sshCommand").decode()
    if command:
        return command
    return "ssh" if may_ask else f"ssh {_QUIET_SSH}"


def _texts(names: Iterable[ObjectID]) -> set[str]:
    return {name.decode("ascii") for name in names}
