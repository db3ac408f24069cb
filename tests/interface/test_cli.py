"""The command line as its users call it: a process, its output, its exit status."""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.interface.cli import COMMANDS, GUIDE_NAMES, main

Run = Callable[..., Any]


def test_a_first_run_says_what_matters_in_its_order(library: Path, run: Run) -> None:
    ended = run("--library", library, "classify")

    assert ended.returncode == 0, ended.stderr
    parts = [
        "Nothing in your library was changed",
        str(library / ".orquestrador"),
        "delete that folder to undo this",
        "distinct contents",
        "surplus copies cost",
        "Languages: MQL4",
        "Kinds: Expert Advisor",
        "Experts with a danger",
        "Martingale",
        "Not read",
        "archive",
        "Backup:",
        "the only backup is on the same disk as the library",
        "Report: ",
        "Try next:",
    ]
    places = [ended.stdout.find(part) for part in parts]
    assert -1 not in places, [
        part for part, at in zip(parts, places, strict=True) if at < 0
    ]
    assert places == sorted(places)
    assert len(ended.stdout.split("Try next:")[1].strip().splitlines()) == 3
    assert ended.stderr == ""


def test_the_commands_to_try_next_work(library: Path, run: Run) -> None:
    state = library.parent / "a state"
    ended = run("--library", library, "--state", state, "classify", "--no-report")

    for line in ended.stdout.split("Try next:")[1].strip().splitlines():
        words = [each.strip('"') for each in _split(line)]
        assert run(*words[1:]).returncode == 0, line


def _split(line: str) -> list[str]:
    return next(csv.reader([line.strip()], delimiter=" "))


def test_a_second_run_reads_nothing_and_says_so(library: Path, run: Run) -> None:
    classify = ["classify", "--engine", "inline", "--no-report"]
    run("--library", library, *classify)
    for path in library.rglob("*"):
        if path.is_file() and ".orquestrador" not in path.parts:
            os.utime(path, (1_700_000_000, 1_700_000_000))
    run("--library", library, *classify)

    ended = run("--library", library, "--json", *classify)

    assert json.loads(ended.stdout)["changed"] is False


def test_the_library_is_not_changed_by_any_command(library: Path, run: Run) -> None:
    def contents() -> dict[Path, tuple[bytes, int]]:
        return {
            path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in library.rglob("*")
            if path.is_file() and ".orquestrador" not in path.parts
        }

    before = contents()
    for command in (["classify"], ["status"], ["report"], ["backup", "create"]):
        assert run("--library", library, *command).returncode == 0
    assert contents() == before


@pytest.mark.parametrize("name", [*COMMANDS, *GUIDE_NAMES])
def test_every_command_explains_itself_and_its_exit_status(name: str, run: Run) -> None:
    ended = run(name, "--help")

    assert ended.returncode == 0
    assert ended.stdout.startswith("Usage: orquestrador")
    if name not in {"backup", "config"}:
        assert "Exit status:" in " ".join(ended.stdout.split())


def test_help_speaks_portuguese(run: Run) -> None:
    by_option = run("--lang", "pt_BR", "--help").stdout
    by_locale = run("--help", LANG="pt_BR.UTF-8").stdout

    assert "Classifica a biblioteca" in by_option
    assert by_option == by_locale


def test_a_mistyped_command_names_its_neighbour(run: Run) -> None:
    ended = run("clasify")

    assert ended.returncode == 2
    assert "Did you mean classify?" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", "--level", "deep"],
        ["search", "--strategy", "gird"],
        ["classify", "--engine", "spark"],
        ["report", "--format", "docx"],
        ["--lang", "tlh", "status"],
    ],
)
def test_wrong_usage_is_exit_status_2(
    classified: Path, run: Run, arguments: list[str]
) -> None:
    ended = run("--library", classified, *arguments)

    assert ended.returncode == 2
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr


def test_a_code_that_does_not_exist_names_the_nearest(
    classified: Path, run: Run
) -> None:
    ended = run("--library", classified, "search", "--strategy", "gird")

    assert "Did you mean grid?" in ended.stderr


def test_a_library_that_is_no_folder_fails_with_what_to_do(
    tmp_path: Path, run: Run
) -> None:
    for command in ("classify", "status", "search"):
        ended = run("--library", tmp_path / "gone", command)
        assert ended.returncode == 1
        assert "--library DIR" in ended.stderr


def test_a_library_that_was_never_classified_says_so(tmp_path: Path, run: Run) -> None:
    for command in (["status"], ["search", "x"], ["export", "x.csv"], ["report"]):
        ended = run("--library", tmp_path, *command)
        assert ended.returncode == 1
        assert "classify" in ended.stderr
    assert not (tmp_path / ".orquestrador").exists()


def test_search_finds_by_label_in_both_languages(classified: Path, run: Run) -> None:
    english = run(
        "--library", classified, "search", "--strategy", "breakout", "--jsonl"
    )
    portuguese = run(
        "--library", classified, "buscar", "--strategy", "rompimento", "--jsonl"
    )

    records = [json.loads(line) for line in english.stdout.splitlines()]
    assert records
    assert portuguese.stdout == english.stdout
    for record in records:
        assert "breakout" in {each["label"] for each in record["strategies"]}


def test_search_finds_by_verdict_in_both_languages(classified: Path, run: Run) -> None:
    for verdict in ("unsuitable", "inadequado", "INADEQUADO"):
        ended = run(
            *("--library", classified, "search", "--limit", "0", "--jsonl"),
            *("--prop-firm", verdict),
        )
        records = [json.loads(each) for each in ended.stdout.splitlines()]
        assert records
        assert {each["prop_firm"]["level"] for each in records} == {"unsuitable"}
    ended = run("--library", classified, "search", "--prop-firm", "raedy")
    assert ended.returncode == 2
    assert "Did you mean ready?" in ended.stderr


def test_search_takes_any_words(classified: Path, run: Run) -> None:
    for words in ('"', "a AND", "NEAR(", "*", "col:x", "-x", "'; DROP TABLE files"):
        ended = run("--library", classified, "search", "--", words)
        assert ended.returncode == 0, ended.stderr


def test_search_says_how_many_it_left_out(classified: Path, run: Run) -> None:
    ended = run("--library", classified, "search", "--limit", "3")

    assert len(ended.stdout.splitlines()) == 3
    assert ended.stderr.startswith("3 of ")


def test_export_holds_every_file_in_path_order(
    classified: Path, tmp_path: Path, run: Run
) -> None:
    for name in ("out.jsonl", "out.csv"):
        ended = run("--library", classified, "export", tmp_path / name)
        assert ended.returncode == 0, ended.stderr

    records = [
        json.loads(line)
        for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    ]
    paths = [record["path"] for record in records]
    on_disk = [
        path.relative_to(classified).as_posix()
        for path in classified.rglob("*")
        if path.is_file() and ".orquestrador" not in path.parts
    ]
    assert paths == sorted(paths)
    # The one text that is no source is no part of the library.
    assert set(on_disk) - set(paths) == {"Robôs baixados/LEIA-ME.txt"}
    assert set(paths) <= set(on_disk)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["path"] for row in csv.DictReader(file)] == paths


def test_export_to_another_kind_of_file_fails_with_what_is_possible(
    classified: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("--library", classified, "export", tmp_path / "out.docx")

    assert ended.returncode == 1
    assert ".jsonl" in ended.stderr


def test_status_is_one_json_document(classified: Path, run: Run) -> None:
    document = json.loads(run("--library", classified, "status", "--json").stdout)

    assert document["summary"]["files"] > 60
    assert document["last_run"]["state"] == "done"
    # The snapshot also holds the texts that are no source.
    assert document["newest_snapshot"]["files"] >= document["summary"]["files"]


def test_inspect_works_without_a_catalog(library: Path, run: Run) -> None:
    source = next(library.rglob("*.mq5"))
    ended = run("inspect", "--jsonl", source)

    record = json.loads(ended.stdout)
    assert record["path"].endswith(source.name)
    assert record["language"] == "mql5"
    assert not (library / ".orquestrador").exists()


def test_inspect_shows_one_screen_with_lines(library: Path, run: Run) -> None:
    source = next(library.glob("Experts/Grid*.mq4"))
    brief, long = (
        run("inspect", source).stdout,
        run("inspect", "--explain", source).stdout,
    )

    assert "Expert Advisor, MQL4" in brief
    assert "Dangers:" in brief
    assert brief.index("Dangers:") < brief.index("Strategy:")
    assert len(brief.splitlines()) <= 40
    assert len(long.splitlines()) > len(brief.splitlines())


def test_inspect_explains_in_the_margin_and_names_the_next_best(
    tmp_path: Path, run: Run
) -> None:
    source = tmp_path / "a.mq4"
    filler = "// nothing\n" * 40
    source.write_text(
        f"#property strict\n{filler}void OnTick()\n  {{\n"
        '   string ApiKey = "Zx81kQ77pLm2Vn4"; // \x1b[2J\n'
        f"  }}\n{filler}void OnStart() {{ }}\n",
        encoding="utf-8",
    )

    folded = run("inspect", "--explain", source).stdout
    whole = run("inspect", "--explain", "--all", source).stdout
    document = json.loads(run("inspect", "--explain", "--json", source).stdout)

    margin = next(line for line in folded.splitlines() if "│ void OnTick()" in line)
    assert margin.split() == ["42", "Expert", "Advisor", "│", "void", "OnTick()"]
    assert "⋮" in folded
    assert folded.count("// nothing") < 20
    assert whole.count("// nothing") == 80
    assert "Next best: Script, score 1" in folded
    for shown in (folded, whole, json.dumps(document)):
        assert "Zx81kQ77pLm2Vn4" not in shown
        assert "\x1b" not in shown
    (explained,) = [each["explained"] for each in document]
    assert [each["label"] for each in explained["kinds"]] == ["expert", "script"]
    assert {"line": 42, "text": "void OnTick()"}.items() <= next(
        each.items() for each in explained["source"] if each["line"] == 42
    )


def test_inspect_looks_into_an_archive_and_at_one_member(
    tmp_path: Path, run: Run
) -> None:
    archive = tmp_path / "pack.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("Experts/a.mq5", "#include <Trade\\Trade.mqh>\nvoid OnTick() {}")
        file.writestr("notes.txt", "how to install")
        file.writestr("b.ex4", "compiled")

    records = [
        json.loads(line)
        for line in run("inspect", "--jsonl", archive).stdout.splitlines()
    ]
    one = run("inspect", f"{archive}!/Experts/a.mq5")

    assert [(Path(each["path"]).name, each["language"]) for each in records] == [
        ("a.mq5", "mql5"),
        ("b.ex4", "unknown"),
    ]
    assert records[0]["path"].endswith("pack.zip!/Experts/a.mq5")
    assert records[1]["reason"] == "compiled program (.ex4), not read"
    assert "Expert Advisor, MQL5" in one.stdout
    assert "no member" in run("inspect", f"{archive}!/gone.mq5").stdout


def test_inspect_of_a_file_that_is_not_there_is_a_record_with_the_reason(
    tmp_path: Path, run: Run
) -> None:
    ended = run("inspect", "--jsonl", tmp_path / "gone.mq4")

    record = json.loads(ended.stdout)
    assert (record["kind"], record["reason"]) == (
        "unknown",
        "vanished before it could be read",
    )


@pytest.mark.parametrize(
    ("lang", "encoding"),
    [("en", "ascii"), *(("pt_BR", each) for each in ("cp1252", "cp850", "ascii"))],
)
def test_no_code_page_makes_a_command_fail(
    classified: Path, run: Run, encoding: str, lang: str
) -> None:
    here = ["--library", classified, "--lang", lang]
    for command in (
        ["--help"],
        ["status"],
        ["search", "--limit", "0"],
        ["search", "--limit", "0", "--jsonl"],
        ["inspect", classified / "TradingView"],
        ["config", "show"],
        ["backup", "list"],
        ["search", "--strategy", "ação"],
    ):
        ended = run(*here, *command, encoding=encoding)
        assert ended.returncode in {0, 2}, ended.stderr
        assert "UnicodeEncodeError" not in ended.stderr
        assert "Traceback" not in ended.stderr


def test_records_are_utf_8_whatever_the_code_page(classified: Path, run: Run) -> None:
    lines = [
        run("--library", classified, "search", "--jsonl", "--limit", "0", encoding=each)
        .stdout.encode(each)
        .decode("utf-8")
        for each in ("utf-8", "latin-1")
    ]

    assert lines[0] == lines[1]


def test_the_reader_of_a_pipe_may_leave_early(classified: Path) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "orquestrador", "--library", str(classified)),
            *("search", "--jsonl", "--limit", "0"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    words = process.stderr.read() if process.stderr else b""

    assert process.wait(timeout=60) == 0
    assert words == b""
    if process.stderr:
        process.stderr.close()


def test_a_folder_with_too_much_else_is_only_classified_after_a_yes(
    tmp_path: Path, run: Run
) -> None:
    for number in range(5):
        (tmp_path / f"{number}.doc").touch()
    (tmp_path / "a.mq4").write_text("int start() { return 0; }")
    limit = {"ORQUESTRADOR_ASK__LARGE_LIBRARY_FILES": "4"}

    asked = run("--library", tmp_path, "classify", **limit)
    said = run("--library", tmp_path, "classify", "--yes", **limit)

    assert asked.returncode == 2
    assert "1 source files and 5 other files" in asked.stderr
    assert said.returncode == 0


def test_a_home_folder_is_only_classified_after_a_yes(tmp_path: Path, run: Run) -> None:
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}

    ended = run("--library", tmp_path, "classify", **home)

    assert ended.returncode == 2
    assert "your home folder" in ended.stderr


def test_only_the_paths_given_are_classified(library: Path, run: Run) -> None:
    options = ["--no-backup", "--no-report"]
    ended = run(
        "--library", library, "--json", "classify", *options, library / "TradingView"
    )

    document = json.loads(ended.stdout)
    assert 0 < document["files"] < 30
    assert document["summary"]["files"] == document["files"]


def test_a_path_outside_of_the_library_is_refused(library: Path, run: Run) -> None:
    ended = run("--library", library / "TradingView", "classify", library / "Experts")

    assert ended.returncode == 1
    assert "outside the library" in ended.stderr


def test_engines_and_worker_numbers_say_the_same(
    library: Path, tmp_path: Path, run: Run
) -> None:
    exports: list[bytes] = []
    for number, options in enumerate(
        (["--engine", "inline"], ["--workers", "1"], ["--workers", "3"])
    ):
        state = tmp_path / f"state{number}"
        here = ["--library", library, "--state", state]
        plain = ["--no-backup", "--no-report"]
        assert run(*here, "classify", *options, *plain).returncode == 0
        run(*here, "export", tmp_path / f"{number}.jsonl")
        exports.append((tmp_path / f"{number}.jsonl").read_bytes())

    assert exports[0] == exports[1] == exports[2]


def test_settings_are_shown_with_their_origin_and_checked(
    library: Path, run: Run
) -> None:
    (library / "orquestrador.json").write_text('{"max_threads": 3}', encoding="utf-8")
    shown = run("--library", library, "config", "show").stdout
    (library / "orquestrador.json").write_text('{"max_thread": 3}', encoding="utf-8")
    checked = run("--library", library, "config", "check")

    line = next(each for each in shown.splitlines() if "workers" in each)
    assert line.split("\t")[1] == "3"
    assert "orquestrador.json" in line
    assert checked.returncode == 2
    assert "max_threads" in checked.stderr


def test_nothing_found_says_which_filter_keeps_everything_away(
    classified: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--library", str(classified), "search", "--kind", "indicator"]

    assert main([*asked, "--strategy", "martingale", "--language", "mql4"]) == 0
    several = capsys.readouterr().err.splitlines()
    assert main([*asked, "--text", "no such words anywhere"]) == 0
    one_matters = capsys.readouterr().err.splitlines()
    assert main([*asked[:3], "nosuchword"]) == 0
    alone = capsys.readouterr().err.splitlines()

    assert several[-1] == "0 files found"
    assert re.fullmatch(
        r"without --strategy martingale there are \d+ files", several[-2]
    )
    assert one_matters == [
        "without --text no such words anywhere there are 11 files",
        "0 files found",
    ]
    assert alone == ["0 files found"]
