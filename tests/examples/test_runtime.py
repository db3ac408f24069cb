"""The runtime's example programs do what they say, run as a user runs them."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[2] / "examples" / "runtime"


def _run(
    program: str, *arguments: str | Path, status: int = 0
) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, PROGRAMS / program, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == status, ended.stderr
    return ended


# -- the crawler -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def crawled() -> str:
    return _run("crawler.py", "--fetchers", "1").stdout


def test_the_crawler_reads_all_it_may_and_names_what_it_could_not_read(
    crawled: str,
) -> None:
    read = re.findall(r"^read +http://[\d.:]+(\S+)  (.*)$", crawled, re.MULTILINE)
    assert dict(read) == {
        "/": "Home",
        "/news": "News",
        "/about": "About us",
        "/moved": "HTTP 404",
        "/news?page=2": "Old news",
        "/flaky": "Here it is",
    }
    failed = re.findall(r"^failed +http://[\d.:]+(\S+)  (.*)$", crawled, re.MULTILINE)
    assert dict(failed) == {"/broken": "UnicodeDecodeError", "/tarpit": "FencedError"}
    assert re.findall(r"^forbidden http://[\d.:]+(\S+)$", crawled, re.MULTILINE) == [
        "/private/diary"
    ]


def test_a_fetcher_that_fails_or_hangs_is_back_each_time(crawled: str) -> None:
    # Two tries of the page that is no text and of the tarpit, one of the flaky one.
    failures = re.findall(r"^! fetcher-1 failed: (.*)$", crawled, re.MULTILINE)
    assert sum("UnicodeDecodeError" in each for each in failures) == 2
    assert sum("killed (stuck in Fetch" in each for each in failures) == 2
    assert sum("RemoteDisconnected" in each for each in failures) == 1
    back = re.findall(
        r"^! fetcher-1 is back \(incarnation (\d)\)$", crawled, re.MULTILINE
    )
    # The sixth is stopped as soon as it begins: there is nothing left to read.
    assert back in (["2", "3", "4", "5"], ["2", "3", "4", "5", "6"])


def test_the_crawler_is_polite(crawled: str) -> None:
    said = re.search(r"left alone for ([\d.]+) s at least", crawled)
    assert said is not None
    assert float(said[1]) >= 0.1


# -- the device ------------------------------------------------------------------------


def test_the_reader_survives_nonsense_an_unplugged_and_a_hanging_device() -> None:
    output = _run("serial_reader.py", "--readings", "25").stdout

    failures = re.findall(r"^! reader failed: (.*)$", output, re.MULTILINE)
    assert "ValueError: not a line of this scale" in failures[0]
    assert "the device was removed" in failures[1]
    assert all("no such device" in each for each in failures[2:-1])
    assert "no such device" in failures[2]
    assert "killed (stuck in ReadNext" in failures[-1]
    assert output.count("! reader is back") == 3
    assert output.splitlines()[-1].startswith("25 readings, ")


# -- the job queue ---------------------------------------------------------------------


def test_a_worker_that_crashes_gets_its_job_again(tmp_path: Path) -> None:
    output = _run("job_queue.py", tmp_path / "jobs.sqlite3", status=1).stdout

    crashes = re.findall(r"^! worker-\d crashed: failed: (\w+)", output, re.MULTILINE)
    # How many there are hangs on who takes which job.
    assert "ConnectionError" in crashes
    done = re.findall(r"^done    (factor \d+) +(.*)$", output, re.MULTILINE)
    assert dict(done) == {
        "factor 91": "7 x 13",
        "factor 1000003": "1000003",
        "factor 65535": "3 x 5 x 17 x 257",
        "factor 30030": "2 x 3 x 5 x 7 x 11 x 13",
        "factor 97": "97",
        "factor 1024": " x ".join(["2"] * 10),
    }


def test_a_job_that_crashes_every_worker_is_given_up_and_nonsense_crashes_none(
    tmp_path: Path,
) -> None:
    jobs = ("divide 1 0", "juggle 5", "divide 7 2")
    output = _run("job_queue.py", tmp_path / "jobs.sqlite3", *jobs, status=1).stdout

    crashes = re.findall(r"^! worker-\d crashed: failed: (\w+)", output, re.MULTILINE)
    assert crashes == ["ZeroDivisionError"] * 3
    assert output.splitlines()[-3:] == [
        "failed  divide 1 0          ZeroDivisionError: division by zero",
        "failed  juggle 5            NonsenseError: nobody can 'juggle 5'",
        "done    divide 7 2          3.5",
    ]


def test_a_program_that_was_killed_goes_on_with_what_was_not_done(
    tmp_path: Path,
) -> None:
    file = tmp_path / "jobs.sqlite3"
    # A prime that takes a while: so the program is killed long before it is done.
    texts = ["factor 99999999977"] * 80
    with subprocess.Popen(
        [sys.executable, PROGRAMS / "job_queue.py", file, *texts],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("! worker")
        program.kill()
    before = _states(file)

    output = _run("job_queue.py", file).stdout

    assert 0 < before.count("done") < len(texts)
    assert _states(file) == ["done"] * len(texts)
    assert output.splitlines()[-1] == "done    factor 99999999977  99999999977"


def _states(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return [state for (state,) in connection.execute("SELECT state FROM job")]
    finally:
        connection.close()
