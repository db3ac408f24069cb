"""Pushing to real repositories: folders, git's own http server, a stand-in for ssh."""

import base64
import http.server
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orquestrador.errors import PublicRepositoryError, SnapshotError
from orquestrador.messages.backup import PushResult
from orquestrador.snapshots import Keep, SnapshotRepository, remotes
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.pushed import has_second_place

At = Callable[[int], datetime]
Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
Git = Callable[..., bytes]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
_WORD = base64.b64encode(b"trader:secret").decode()


@pytest.fixture
def kept(repository: SnapshotRepository, library: Path, at: At) -> SnapshotRepository:
    repository.create(library, reason="one", now=at(0))
    for number in range(1, 4):
        (library / f"{number}.mq4").write_bytes(b"%d" % number * 1000)
        repository.create(library, reason="more", now=at(number))
    return repository


@pytest.fixture
def push(kept: SnapshotRepository, library: Path) -> Callable[..., PushResult]:
    def run(location: str | Path, **options: object) -> PushResult:
        steps = kept.push_steps(str(location), library, **options)  # type: ignore[arg-type]
        return finish(steps)

    return run


Push = Callable[..., PushResult]


def test_a_folder_gets_every_snapshot_and_can_be_opened(
    push: Push, kept: SnapshotRepository, tmp_path: Path, files: Files, library: Path
) -> None:
    folder = tmp_path / "second place"

    result = push(folder)

    assert (result.sent, result.snapshots) == (4, 4)
    with pytest.raises(SnapshotError, match="other files"):
        # It is another's: a writer leaves its mark first.
        SnapshotRepository(folder)
    with SnapshotRepository(folder, read_only=True) as there:
        assert there.list() == kept.list()
        assert there.verify().problems == ()
        there.restore(to=tmp_path / "out")
    assert files(tmp_path / "out") == files(library)


def test_nothing_new_sends_nothing(push: Push, tmp_path: Path) -> None:
    push(tmp_path / "there")

    again = push(tmp_path / "there")

    assert (again.sent, again.bytes, again.snapshots) == (0, 0, 4)


def test_what_is_there_is_not_sent_again(
    push: Push, kept: SnapshotRepository, library: Path, tmp_path: Path, at: At
) -> None:
    first = push(tmp_path / "there")
    (library / "new.mq4").write_bytes(b"new")
    kept.create(library, reason="new", now=at(9))

    second = push(tmp_path / "there")

    assert second.sent == 1
    # Its folder, its manifest and itself.
    assert second.bytes < first.bytes / 2


def test_a_push_that_was_interrupted_goes_on(
    push: Push,
    kept: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    git: Git,
) -> None:
    steps = kept.push_steps(str(tmp_path / "there"), library)
    next(steps)
    steps.close()
    tags = git("-C", tmp_path / "there", "tag").split()
    assert len(tags) == 1

    result = push(tmp_path / "there")

    assert result.sent == 3
    assert len(git("-C", tmp_path / "there", "tag").split()) == 4
    assert b"missing" not in git("-C", tmp_path / "there", "fsck", "--full")


def test_what_was_pruned_here_stays_there_until_that_is_asked_for(
    push: Push, kept: SnapshotRepository, tmp_path: Path, at: At, git: Git
) -> None:
    push(tmp_path / "there")
    removed = {each.id for each in kept.prune(Keep(last=1), now=at(9)).removed}

    told = push(tmp_path / "there")
    assert set(told.only_there) == removed
    assert len(git("-C", tmp_path / "there", "tag").split()) == 4

    done = push(tmp_path / "there", prune=True)
    assert set(done.removed) == removed
    assert len(git("-C", tmp_path / "there", "tag").split()) == 1


def test_a_folder_of_something_else_is_refused(push: Push, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "beach.jpg").write_bytes(b"1")

    with pytest.raises(SnapshotError, match="holds other files"):
        push(tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["beach.jpg"]


def test_the_repository_itself_is_no_second_place(
    push: Push, kept: SnapshotRepository
) -> None:
    with pytest.raises(SnapshotError, match="own folder"):
        push(kept.path)


def test_damaged_contents_are_not_pushed(
    kept: SnapshotRepository, library: Path, tmp_path: Path
) -> None:
    kept.close()
    for pack in kept.path.rglob("*.pack"):
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 1
        pack.write_bytes(data)

    with (
        SnapshotRepository(kept.path) as damaged,
        pytest.raises(SnapshotError, match="cannot be pushed"),
    ):
        finish(damaged.push_steps(str(tmp_path / "there"), library))


def test_a_password_in_an_address_is_refused(push: Push) -> None:
    with pytest.raises(SnapshotError, match="holds a password") as caught:
        push("https://me:secret@127.0.0.1/x.git")
    assert "secret" not in str(caught.value)


# -- which places are second ones -------------------------------------------------


def test_a_folder_on_the_same_disk_is_no_second_place(
    push: Push, kept: SnapshotRepository, library: Path, tmp_path: Path
) -> None:
    push(tmp_path / "there", now=NOW)

    pushed = kept.pushes().places[str(tmp_path / "there")]
    assert (pushed.at, pushed.snapshots, pushed.is_second_place) == (NOW, 4, False)
    assert pushed.newest == kept.find().id
    assert not has_second_place(kept.path, library)


def test_a_place_has_the_library_as_it_is_while_nothing_changes(
    push: Push, kept: SnapshotRepository, library: Path, tmp_path: Path, at: At
) -> None:
    place = str(tmp_path / "there")
    assert kept.pushes().known_at(place, kept.checks()) is None
    push(place, now=NOW)
    kept.note_complete(None, NOW + timedelta(days=3))
    assert kept.pushes().known_at(place, kept.checks()) == NOW + timedelta(days=3)

    (library / "new.mq4").write_bytes(b"new")
    newest = kept.create(library, reason="new", now=at(9))
    kept.note_complete(newest, NOW + timedelta(days=4))

    assert kept.pushes().known_at(place, kept.checks()) == NOW


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://github.com/me/eas.git", "github.com"),
        ("ssh://git@github.com:22/me/eas.git", "github.com"),
        ("git@github.com:me/eas.git", "github.com"),
        ("nas:backup.git", "nas"),
        ("backup", None),
        ("../backup", None),
        ("/mnt/usb/backup", None),
        ("file:///mnt/usb/backup", None),
        pytest.param(
            "E:\\backup",
            None,
            marks=pytest.mark.skipif(sys.platform != "win32", reason="a drive's name"),
        ),
    ],
)
def test_addresses_and_folders_are_told_apart(location: str, host: str | None) -> None:
    assert remotes.host_of(location) == host
    assert (remotes.folder_of(location) is None) == (host is not None)


@pytest.mark.parametrize(
    "location",
    [
        "https://github.com/me/eas.git",
        "https://me@github.com/me/eas.git",
        "ssh://git@github.com/me/eas.git",
        "git@github.com:me/eas.git",
    ],
)
def test_where_anybody_could_read_it(location: str) -> None:
    assert remotes.readable_by_all(location) == "https://github.com/me/eas.git"
    assert remotes.readable_by_all(location.replace("github", "example")) is None


# -- over http --------------------------------------------------------------------


class _GitServer(http.server.ThreadingHTTPServer):
    """Git's own program for http behind a small server."""

    daemon_threads = True
    root: Path
    needs_password = False
    is_public = True
    asked: list[str]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _GitServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        word = self.headers.get("Authorization", "")
        self.server.asked.append(word)
        if self.server.needs_password and word != f"Basic {_WORD}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "trader",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env=environment,
            check=True,
        )
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        fields = {line[0]: line[1] for line in lines}
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)


@pytest.fixture
def server(tmp_path: Path, git: Git) -> Iterator[_GitServer]:
    git("init", "--bare", "--quiet", tmp_path / "served" / "eas.git")
    git("-C", tmp_path / "served" / "eas.git", "config", "http.receivepack", "true")
    found = _GitServer(("127.0.0.1", 0), _Handler)
    found.root = tmp_path / "served"
    found.asked = []
    thread = threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


@pytest.fixture
def no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As on a machine where git has been told nothing; returns its settings' file."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    return home / ".gitconfig"


def _address(server: _GitServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/eas.git"


@pytest.mark.usefixtures("no_credentials")
def test_a_repository_behind_an_address_gets_every_snapshot(
    push: Push, kept: SnapshotRepository, server: _GitServer, git: Git, library: Path
) -> None:
    result = push(_address(server))

    assert result.sent == 4
    folder = server.root / "eas.git"
    assert len(git("-C", folder, "tag").split()) == 4
    assert git("-C", folder, "rev-parse", "refs/heads/main")
    assert b"missing" not in git("-C", folder, "fsck", "--full", "--strict")
    assert has_second_place(kept.path, library)
    assert push(_address(server)).sent == 0


@pytest.mark.usefixtures("no_credentials")
def test_a_missing_credential_says_how_to_make_one(
    push: Push, server: _GitServer
) -> None:
    server.needs_password = True

    with pytest.raises(SnapshotError, match=r"Make a token.*git ls-remote"):
        push(_address(server))


def test_the_credential_that_git_has_is_used(
    push: Push, server: _GitServer, no_credentials: Path, git: Git
) -> None:
    server.needs_password = True
    store = no_credentials.parent / "kept"
    host = _address(server).removeprefix("http://").partition("/")[0]
    store.write_text(f"http://trader:secret@{host}\n", encoding="utf-8")
    no_credentials.write_text(
        f"[credential]\n\thelper = store --file '{store.as_posix()}'\n",
        encoding="utf-8",
    )

    assert push(_address(server)).sent == 4
    assert len(git("-C", server.root / "eas.git", "tag").split()) == 4


def test_without_git_the_netrc_file_is_read(
    push: Push,
    server: _GitServer,
    no_credentials: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.needs_password = True
    netrc = no_credentials.parent / ".netrc"
    netrc.write_text(
        "machine 127.0.0.1 login trader password secret\n", encoding="utf-8"
    )
    netrc.chmod(stat.S_IRUSR | stat.S_IWUSR)

    def nowhere(_name: str) -> None:
        return None

    monkeypatch.setattr("orquestrador.snapshots.credentials.shutil.which", nowhere)

    assert push(_address(server)).sent == 4


def test_a_wrong_credential_says_so_and_is_forgotten(
    push: Push, server: _GitServer, no_credentials: Path
) -> None:
    server.needs_password = True
    store = no_credentials.parent / "kept"
    host = _address(server).removeprefix("http://").partition("/")[0]
    store.write_text(f"http://trader:old@{host}\n", encoding="utf-8")
    no_credentials.write_text(
        f"[credential]\n\thelper = store --file '{store.as_posix()}'\n",
        encoding="utf-8",
    )

    with pytest.raises(SnapshotError, match="Make a token"):
        push(_address(server))
    assert "old" not in store.read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_credentials")
def test_a_public_repository_warns_first(
    push: Push, server: _GitServer, monkeypatch: pytest.MonkeyPatch, git: Git
) -> None:
    host = _address(server).removeprefix("http://").partition("/")[0]
    monkeypatch.setitem(remotes.PUBLIC_HOSTS, host, "http")

    with pytest.raises(PublicRepositoryError, match="anybody can read"):
        push(_address(server))
    assert not git("-C", server.root / "eas.git", "tag").split()

    assert push(_address(server), may_be_public=True).sent == 4


def test_a_private_repository_on_a_public_host_is_no_reason_to_warn(
    push: Push,
    server: _GitServer,
    no_credentials: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.needs_password = True
    host = _address(server).removeprefix("http://").partition("/")[0]
    monkeypatch.setitem(remotes.PUBLIC_HOSTS, host, "http")
    store = no_credentials.parent / "kept"
    store.write_text(f"http://trader:secret@{host}\n", encoding="utf-8")
    no_credentials.write_text(
        f"[credential]\n\thelper = store --file '{store.as_posix()}'\n",
        encoding="utf-8",
    )

    assert push(_address(server)).sent == 4


@pytest.mark.usefixtures("no_credentials")
def test_where_nobody_listens_the_address_is_named(push: Push) -> None:
    with pytest.raises(SnapshotError, match=r"127\.0\.0\.1"):
        push("http://127.0.0.1:9/eas.git")


# -- over ssh ---------------------------------------------------------------------


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of ssh: does here what it was to do there."""
    program = tmp_path / "ssh.py"
    program.write_text(
        "import subprocess, sys\n"
        "host, command = sys.argv[-2:]\n"
        "if host.endswith('closed'):\n"
        "    sys.exit('git@closed: Permission denied (publickey).')\n"
        "sys.exit(subprocess.run(['sh', '-c', command]).returncode)\n",
        encoding="utf-8",
    )
    command = f'"{sys.executable}" "{program}"'
    monkeypatch.setenv("GIT_SSH_COMMAND", command)
    return program


@pytest.mark.usefixtures("no_credentials", "ssh")
@pytest.mark.skipif(shutil.which("sh") is None, reason="the stand-in needs a shell")
def test_a_repository_behind_ssh_gets_every_snapshot(
    push: Push, tmp_path: Path, git: Git
) -> None:
    folder = tmp_path / "eas.git"
    git("init", "--bare", "--quiet", folder)

    assert push(f"git@nas:{folder.as_posix()}").sent == 4

    assert len(git("-C", folder, "tag").split()) == 4
    assert push(f"ssh://git@nas{folder.as_posix()}").sent == 0


# dulwich leaves a connection that failed to whoever collects it.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("no_credentials", "ssh")
def test_a_closed_door_says_which_key_is_needed(push: Push) -> None:
    with pytest.raises(SnapshotError, match="ssh-keygen"):
        push("git@closed:eas.git")
