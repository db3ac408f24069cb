"""What the page uses of others is what was released, with its licence."""

import hashlib
import re
from pathlib import Path

import orquestrador.interface.web

VENDOR = Path(orquestrador.interface.web.__file__).parent / "static" / "vendor"


def test_every_file_of_others_has_the_hash_that_is_written_down() -> None:
    readme = (VENDOR / "README.txt").read_text("utf-8")
    written = {name: sha for sha, name in re.findall(r"(\w{64})  (\S+)", readme)}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.txt"
    }

    assert there == written
    assert "uPlot.LICENSE.txt" in there


def test_the_version_is_the_one_that_the_file_says() -> None:
    (version,) = re.findall(
        r"uPlot (\S+), MIT", (VENDOR / "README.txt").read_text("utf-8")
    )

    assert f"(v{version})" in (VENDOR / "uPlot.js").read_text("utf-8")
    assert "MIT License" in (VENDOR / "uPlot.LICENSE.txt").read_text("utf-8")
