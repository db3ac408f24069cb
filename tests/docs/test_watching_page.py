"""The page about following the library: its code runs, its settings are there."""

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orquestrador.config.fields import fields

if TYPE_CHECKING:
    from orquestrador.messages import Record

PAGE = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")


def test_its_script_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    library = tmp_path / "EAs"
    library.mkdir()
    (library / "a.mq4").write_text("void OnTick() { OrderSend(); }\n")
    save = "library.joinpath('b.mq4').write_text('void OnTick() { }')"
    script = code.replace('"~/EAs"', repr(str(library))).replace("...", save)
    assert script != code
    names: dict[str, Any] = {"library": library}

    exec(textwrap.dedent(script) + "    found = orq.search()\n", names)  # noqa: S102 -- the page's own

    found: list[Record] = names["found"]
    assert sorted(record.path for record in found) == ["a.mq4", "b.mq4"]


def test_it_names_every_setting_and_no_other() -> None:
    said = set(re.findall(r"`(watch\.[a-z_]+)`", PAGE))
    watch = {name for name in fields() if name.startswith("watch.")}

    assert said == watch - {"watch.enabled"}
