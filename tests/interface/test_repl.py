"""The REPL as its users meet it: in a terminal, by a pipe, attached to a system."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

if sys.platform == "win32":
    pytest.skip("pexpect needs a POSIX terminal", allow_module_level=True)

import pexpect

from orquestrador.interface.repl import completion
from orquestrador.interface.repl.mintty import is_mintty
from orquestrador.interface.wrapping import columns_of

ORQUESTRADOR = [sys.executable, "-m", "orquestrador"]
PROMPT = "orq>"
LIMIT_S = 30


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        # Nobody here answers where the cursor stands.
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


def _lines(library: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ORQUESTRADOR, "--library", str(library), "repl"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env=_environment(),
    )


class Terminal:
    """A REPL in a terminal of its own."""

    def __init__(self, library: Path, *options: str) -> None:
        """Start it and wait for its first prompt."""
        self.child: Any = pexpect.spawn(
            ORQUESTRADOR[0],
            [*ORQUESTRADOR[1:], "--library", str(library), *options, "repl"],
            encoding="utf-8",
            timeout=LIMIT_S,
            env=_environment(),
            dimensions=(30, 100),
        )
        self.child.expect_exact(PROMPT)

    def type(self, text: str) -> None:
        """Type keys."""
        self.child.send(text)

    def expect(self, text: str) -> str:
        """Wait until something is on the screen; returns what came before."""
        self.child.expect_exact(text)
        return _plain(self.child.before)

    def line(self, text: str, expected: str) -> str:
        """Type a line, wait for words of its answer and then for the prompt."""
        self.type(text + "\r")
        before = self.expect(expected)
        self.expect(PROMPT)
        return before

    def end(self) -> int:
        """Wait for the end; returns the exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.fixture
def running(library: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the system of the library in another process."""
    process = subprocess.Popen(
        [*ORQUESTRADOR, "--library", str(library), "run", "--yes"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
        env=_environment(),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "classified in" in line:
            break
    yield process
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_lines_from_a_pipe_are_done_one_by_one(library: Path) -> None:
    ended = _lines(
        library,
        "# a comment",
        "classify --no-report --no-backup",
        "search --strategy grid",
        "inspect _1",
        "!print(type(orq).__name__, len(_results))",
        "actor classifier",
    )

    assert ended.returncode == 0, ended.stderr
    assert "distinct contents" in ended.stdout
    assert "\n_1\t" in ended.stdout
    assert "RunningLibrary" in ended.stdout
    assert "classifier (ClassifierActor): running" in ended.stdout
    # A pipe is shown no prompt.
    assert PROMPT not in ended.stdout + ended.stderr


def test_a_line_that_fails_does_not_end_the_others_but_the_script_fails(
    library: Path,
) -> None:
    ended = _lines(library, "nonsense", 'search "x', "inspect _1", "!print(6 * 7)")

    assert ended.returncode == 1
    assert "42" in ended.stdout
    assert "nonsense" in ended.stderr
    assert "quotation mark" in ended.stderr
    assert "`search` fills _" in ended.stderr


FAULTY = """\
import sys
from orquestrador.interface import cli
whole = cli.run_command
def run_command(words, translation):
    if words[-1] == "doctor":
        raise TypeError("nobody has foreseen this")
    return whole(words, translation)
cli.run_command = run_command
sys.exit(cli.main())
"""


def test_a_fault_in_a_command_does_not_end_the_system(library: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY, "--library", str(library), "repl"],
        input="doctor\n!print(6 * 7)\n",
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env=_environment(),
    )

    assert done.stdout == "42\n"
    assert "TypeError: nobody has foreseen this" in done.stderr
    assert "That is a fault of the program; it goes on." in done.stderr
    assert done.returncode == 1


def test_backslashes_are_folders(library: Path) -> None:
    ended = _lines(library, r"inspect C:\EAs\none.mq4")

    assert r"C:\EAs\none.mq4" in ended.stdout


def test_leaving_an_attached_system_leaves_it_running(
    library: Path, running: subprocess.Popen[str]
) -> None:
    terminal = Terminal(library)

    terminal.line("status", f"process {running.pid}")
    terminal.type("\x04")
    terminal.expect("the system goes on")

    assert terminal.end() == 0
    assert running.poll() is None
    again = _lines(library, "!print(orq.pid)")
    assert str(running.pid) in again.stdout


def test_stop_in_the_repl_asks_and_then_stops_the_system(
    library: Path, running: subprocess.Popen[str]
) -> None:
    terminal = Terminal(library)

    terminal.type("stop\r")
    terminal.expect("Stop the whole system?")
    terminal.type("n\r")
    terminal.expect(PROMPT)
    assert running.poll() is None

    terminal.type("stop\r")
    terminal.expect("Stop the whole system?")
    terminal.type("y\r")

    assert terminal.end() == 0
    assert running.wait(timeout=20) == 0


def test_tab_completes_commands_actors_labels_and_paths(classified: Path) -> None:
    terminal = Terminal(classified)

    for begun, rest, answer in (
        ("actor class", "ifier", "classifier (ClassifierActor)"),
        ("search --strategy breako", "ut", "files found"),
        ("inspect Experts/Arb", "_Triangular.mq4", "Expert Advisor"),
        ("help sear", "ch", "Find files in the catalog"),
    ):
        terminal.type(f"{begun}\t")
        terminal.expect(rest)
        terminal.line("", answer)
    for begun in ("restore --snapshot 20", "show 20", "diff 20"):
        terminal.type(f"backup {begun}\t")
        terminal.expect("Z-")
        terminal.type("\x15")
    terminal.type("\x04")

    assert terminal.end() == 0


def test_events_come_while_one_types_and_what_was_typed_stays(library: Path) -> None:
    terminal = Terminal(library)
    terminal.line("classify --no-backup --no-report", "distinct contents")

    # The worker of another terminal's run: here it is the same system.
    terminal.type("sta")
    background = subprocess.run(
        [*ORQUESTRADOR, "--library", str(library), "classify", "--no-report"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert background.returncode == 0, background.stderr
    terminal.expect("a classification has ended")
    terminal.type("tus\r")
    terminal.expect("Library:")
    terminal.type("\x04")

    assert terminal.end() == 0


def test_ctrl_c_gives_up_the_line_and_not_the_repl(library: Path) -> None:
    terminal = Terminal(library)

    terminal.type("nonsense that is given up\x03")
    terminal.line("!6 * 7", "42")
    terminal.type("\x04")

    assert terminal.end() == 0


def test_python_keeps_its_names_and_takes_several_lines(library: Path) -> None:
    ended = _lines(
        library,
        "python",
        "def double(x):",
        "    return 2 * x",
        "",
        "double(21)",
        "1 / 0",
        "exit()",
        "!double(4)",
        "!raise SystemExit",
    )

    assert ended.returncode == 0, ended.stderr
    assert "42" in ended.stdout
    assert "ZeroDivisionError" in ended.stderr
    assert ended.stdout.rstrip().endswith("8")


def test_the_history_keeps_lines_without_secrets_and_is_its_owners_alone(
    library: Path,
) -> None:
    terminal = Terminal(library)
    terminal.line("!'kept'", "kept")
    terminal.line("!'token=abc123'", "abc123")
    terminal.line(" !'behind a space'", "space")
    terminal.type("\x04")
    terminal.end()

    history = library / ".orquestrador" / "repl_history"
    text = history.read_text(encoding="utf-8")
    assert "kept" in text
    assert "abc123" not in text
    assert "behind a space" not in text
    assert history.stat().st_mode & 0o077 == 0


def test_a_script_has_to_say_yes_to_what_cannot_be_undone(library: Path) -> None:
    ended = _lines(
        library,
        "restart monitor",
        "terminate monitor",
        "stop",
        "actor monitor",
        "terminate monitor --yes",
        "stop --yes",
        "actors",
    )

    assert ended.returncode == 1
    assert ended.stderr.count("say --yes") == 3
    assert "monitor (MonitorActor): running" in ended.stdout
    assert "monitor is stopped" in ended.stdout
    # After `stop` no line is done any more.
    assert "classifier" not in ended.stdout


def test_a_repl_with_a_system_of_its_own_ends_when_others_ask_for_it(
    library: Path,
) -> None:
    terminal = Terminal(library)

    stopped = subprocess.run(
        [*ORQUESTRADOR, "--library", str(library), "stop"],
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert stopped.returncode == 0, stopped.stderr
    terminal.expect("has ended")

    assert terminal.end() == 1


def test_a_wrong_name_is_told_before_anything_is_asked(library: Path) -> None:
    terminal = Terminal(library)

    before = terminal.line("restart monitr", "no actor is named monitr")
    before += terminal.line("terminate orquestrador", "is the top of the tree")
    assert "[y/N]" not in before
    terminal.line("clasify", "Did you mean classify?")
    terminal.line("run", "is for the shell")
    terminal.type("\x04")

    assert terminal.end() == 0


def test_everything_that_can_be_typed_first_has_help(library: Path) -> None:
    names = sorted(completion.all_commands())
    ended = _lines(library, *(f"help {name}" for name in names), "help !", "help nix")

    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "there is no command nix" in ended.stderr
    blocks = ended.stdout.count("Usage: orquestrador") + ended.stdout.count(" — ")
    assert blocks >= len(names) + 1
    assert "also called: reiniciar" in ended.stdout


def test_a_screen_of_80_columns_holds_a_line_for_each_result(classified: Path) -> None:
    terminal = Terminal(classified)
    terminal.child.setwinsize(24, 80)

    shown = terminal.line("buscar", "`more` shows the next")
    assert re.findall(r"_(\d+) ", shown) == [str(n) for n in range(1, 22)]
    rows = [line for line in shown.splitlines() if "mq" in line]
    assert len(rows) == 21
    assert max(map(columns_of, rows)) < 80
    helped = terminal.line("help", "Tab completes").splitlines()
    assert max(len(line) for line in helped if line.startswith("  ")) < 80
    terminal.line("_2", "Arb_Triangular.mq4")
    terminal.type("\x04")

    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "has ended; what it did"), ("pt_BR", "terminou; o que")]
)
def test_who_types_to_a_system_that_ends_is_told_at_once(
    library: Path, running: subprocess.Popen[str], lang: str, words: str
) -> None:
    terminal = Terminal(library, "--lang", lang)
    terminal.type("classify --no-back")
    terminal.expect("no-back")

    running.send_signal(signal.SIGINT)
    terminal.expect(words)

    assert terminal.end() == 1


def test_a_plain_line_to_a_system_that_has_ended_starts_no_other(
    library: Path, running: subprocess.Popen[str]
) -> None:
    child = _plain_terminal(library)
    running.send_signal(signal.SIGINT)
    child.expect_exact("Enter leaves")
    child.sendline("classify --no-report")
    child.expect_exact("has ended; what it did")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 1
    assert "distinct contents" not in child.before


def test_a_paste_of_several_lines_is_several_commands(library: Path) -> None:
    terminal = Terminal(library)

    terminal.type("\x1b[200~!6 * 7\nactor monitor\n!'last'\x1b[201~\r")
    for expected in ("42", "monitor (MonitorActor)", "'last'"):
        terminal.expect(expected)
    terminal.expect(PROMPT)
    terminal.type("\x04")

    assert terminal.end() == 0


def test_ctrl_c_ends_a_trace_and_not_the_repl(library: Path) -> None:
    terminal = Terminal(library)

    terminal.type("trace catalog 60\r")
    terminal.expect("Ctrl-C ends it")
    terminal.type("\x03")
    assert "Interrupted" not in terminal.expect(PROMPT)
    terminal.line("!6 * 7", "42")
    terminal.type("\x04")

    assert terminal.end() == 0


def test_events_are_no_records_of_a_script(library: Path) -> None:
    command = "classify --no-report --no-backup"
    silent = _lines(library, command)
    # An event comes by another way than the answer, and perhaps after it.
    linger = "!__import__('time').sleep(2)"
    told = _lines(library, "events on", f"{command} --verify", "events", linger)

    assert "a classification has" not in silent.stdout + silent.stderr
    assert "a classification has" not in told.stdout
    assert "a classification has begun" in told.stderr


def test_what_was_stopped_is_what_start_proposes(library: Path) -> None:
    terminal = Terminal(library)

    terminal.line("terminate report --yes", "report is stopped")
    terminal.type("start \t")
    terminal.line("", "report runs")
    terminal.type("\x04")

    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (r"\msys-1888ae32e00d56aa-pty0-from-master", True),
        (r"\cygwin-e022582115c10879-pty4-to-master", True),
        (r"\msys-1888ae32e00d56aa-pty0-from-master-nat", True),
        (r"\msys-1888ae32e00d56aa-1234-pipe-0x1", False),
        ("", False),
    ],
)
def test_the_pipe_of_mintty_is_known_by_its_name(name: str, *, expected: bool) -> None:
    assert is_mintty(name) is expected


def _plain_terminal(library: Path) -> Any:
    spawn = cast("Any", pexpect.spawn)
    child = spawn(
        ORQUESTRADOR[0],
        [*ORQUESTRADOR[1:], "--library", str(library), "repl"],
        encoding="utf-8",
        timeout=LIMIT_S,
        env={**_environment(), "TERM": "dumb"},
    )
    child.expect_exact(PROMPT)
    return child


def test_a_dumb_terminal_has_plain_lines(library: Path) -> None:
    child = _plain_terminal(library)
    child.sendline("!6 * 7")
    child.expect_exact("42")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    assert "\x1b[" not in child.before


def test_portuguese_words_and_screen(library: Path) -> None:
    terminal = Terminal(library, "--lang", "pt_BR")

    terminal.line("ajuda", "Aqui:")
    terminal.line("atores", "classifier")
    terminal.line("classificar_tudo --no-report --no-backup", "conteúdos distintos")
    terminal.line("buscar --strategy rompimento", "arquivos encontrados")
    terminal.type("sair\r")

    assert terminal.end() == 0


def test_an_actor_is_looked_into_suspended_and_started_anew(library: Path) -> None:
    ended = _lines(
        library,
        "actor classifier",
        "suspend report",
        "actors",
        "resume report",
        "restart monitor --yes",
        "actor monitor",
        "terminate monitor --yes",
        "start monitor",
        "trace catalog 0.2",
    )

    assert ended.returncode == 0, ended.stderr
    looked, suspended = ended.stdout.split("report lets its messages wait", 1)
    assert "_settings = " in looked
    report = next(each for each in suspended.splitlines() if " report " in each)
    assert "suspended" in report
    assert "monitor was started anew" in ended.stdout
    assert "1 restart" in ended.stdout
    assert "monitor is stopped" in ended.stdout
    assert "monitor runs" in ended.stdout


def test_an_actor_is_seen_to_fail_and_to_come_back_with_its_mailbox(
    library: Path,
) -> None:
    script = Path(__file__).with_name("fragile_system.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(library)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=_environment(),
    ) as system:
        assert system.stdin is not None
        assert system.stdout is not None
        assert system.stdout.readline() == "ready\n"
        terminal = Terminal(library)

        terminal.line("suspend fragile", "lets its messages wait")
        system.stdin.write("\n")
        system.stdin.flush()
        assert system.stdout.readline() == "sent\n"
        waiting = terminal.line("actor fragile", "Note(number=2)")
        assert waiting.index("Fail()") < waiting.index("Note(number=0)")

        terminal.type("resume fragile\r")
        terminal.expect("fragile failed (RuntimeError: told to fail)")
        terminal.expect("fragile is back, incarnation 2")
        terminal.line("actor fragile", "_notes = [0, 1, 2]")
        terminal.type("\x04")

        assert terminal.end() == 0
        assert system.poll() is None
