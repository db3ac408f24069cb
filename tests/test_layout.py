"""The folders, the build's package list and the import contracts agree."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
TOP_FOLDERS = sorted(
    init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name != "build"
)


def _package_folders() -> dict[str, Path]:
    inside = {
        ".".join(init.parent.relative_to(ROOT / "src").parts): init.parent
        for init in (ROOT / "src").rglob("__init__.py")
    }
    outside = {
        "orquestrador." + ".".join(init.parent.relative_to(ROOT).parts): init.parent
        for folder in TOP_FOLDERS
        for init in folder.rglob("__init__.py")
    }
    return inside | outside


def test_every_package_folder_is_built() -> None:
    assert sorted(_package_folders()) == SETUPTOOLS["packages"]


def test_every_top_level_package_is_mapped() -> None:
    expected = {f"orquestrador.{folder.name}": folder.name for folder in TOP_FOLDERS}

    assert SETUPTOOLS["package-dir"] == {"orquestrador": "src/orquestrador"} | expected


def test_help_loads_neither_the_runtime_nor_the_classification() -> None:
    loaded = _modules_after(
        "from orquestrador.interface.cli import main; main(['--help'])"
    )

    assert not loaded & {"pykka", "msgspec", "psutil", "sqlite3", "dulwich", "rich"}
    assert "orquestrador.classification" not in loaded


def test_the_actor_runtime_loads_only_what_it_is_made_of() -> None:
    loaded = _modules_after("import orquestrador.supervisor")

    ours = {name for name in loaded if name.startswith("orquestrador.")}
    rooms = {name.split(".")[1] for name in ours}
    assert rooms == {"errors", "messages", "supervisor", "visible"}
    foreign = loaded & {"click", "dulwich", "psutil", "rich", "sqlite3", "watchdog"}
    assert not foreign


def test_classify_starts_without_the_actor_runtime() -> None:
    loaded = _modules_after("from orquestrador import classify; classify(b'', 'a.mq4')")

    assert "pykka" not in loaded


def test_a_run_that_changes_nothing_loads_only_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "scalper.mq4").write_text("int start() { return 0; }", "utf-8")
    run = (
        "from orquestrador.interface.cli import main\n"
        f"main(['--library', {str(tmp_path)!r}, 'classify', '--no-backup', "
        "'--no-report'])"
    )
    _modules_after(run)

    loaded = _modules_after(run)

    assert "orquestrador.actors.classifier" in loaded
    heavy = {"dulwich", "jinja2", "pathspec", "prometheus_client", "prompt_toolkit"}
    heavy |= {"rich", "starlette", "urllib.request", "uvicorn", "watchdog"}
    heavy |= {
        "orquestrador.classification.rules",
        "orquestrador.organizing.planning",
        "orquestrador.reports.to_html",
        "orquestrador.snapshots.repository",
    }
    assert not loaded & heavy


def _modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint('', *sys.modules, sep='\\n', file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(ended.stderr.split())
