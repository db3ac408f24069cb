"""A page that does not hold what it shows fails: what docs/conftest.py tries."""

from pathlib import Path

import pytest
from sybil import Sybil

from docs.trying.blocks import begin, end
from docs.trying.parsing import PARSERS

SHOWS_ALL = """
Some words.

```python
number = 6
print("the number is", number)
```

```text
the number is 6
```

```python
print(number + 1)
```

```text
7
```
"""

LEAVES_A_THREAD = """import threading
waiting = threading.Event()
threading.Thread(target=waiting.wait, daemon=True).start()
print(7)"""

WORKS = """
`orquestrador status --wait-idle` is a command, and so is

    orquestrador backup list      # what is kept

```sh
orquestrador search --symbol XAUUSD --limit 1
orquestrador autostart status     # exit status 1
```

```text
Experts/...
off: nothing ...
```

```powershell
# the tests do not run this: it is Windows'
.venv\\Scripts\\orquestrador --library $HOME\\EAs classify; echo done
```

```json
{"monitor": {"interval_s": 10}}
```

```toml mine.toml
one = 1
```

```python
from pathlib import Path
assert Path("~/EAs/mine.toml").expanduser().is_file()
```
"""


def run_page(page: Path, text: str) -> int:
    """Run a page as pytest does; returns how many examples it had."""
    page.parent.mkdir(exist_ok=True)
    page.write_text(text, encoding="utf-8")
    document = Sybil(parsers=PARSERS, patterns=["*.md"], path=str(page.parent)).parse(
        page
    )
    begin(document.namespace)
    try:
        examples = list(document.examples())
        for example in examples:
            example.evaluate()
    finally:
        waiting = document.namespace.get("waiting")
        try:
            end(document.namespace)
        finally:
            if waiting is not None:
                waiting.set()
    return len(examples)


def test_a_page_that_shows_what_it_prints_passes(tmp_path: Path) -> None:
    assert run_page(tmp_path / "runtime" / "page.md", SHOWS_ALL) == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("is 6\n", "is 7\n", r"\+the number is 6"),
        ("```text\n7\n```", "", "printed, and not shown"),
        ("```text\nthe number is 6\n```", "", "printed, and not shown"),
        ("number = 6", "raise LookupError('here')", "here"),
        ("print(number + 1)", LEAVES_A_THREAD, "the page leaves threads"),
    ],
    ids=["other output", "last not shown", "not shown", "raises", "leaves a thread"],
)
def test_a_page_of_the_runtime_that_does_not_fails(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in SHOWS_ALL

    with pytest.raises((AssertionError, LookupError), match=words):
        run_page(tmp_path / "runtime" / "page.md", SHOWS_ALL.replace(old, new))


def test_a_page_whose_commands_work_passes(tmp_path: Path) -> None:
    assert run_page(tmp_path / "page.md", WORKS) == 8


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("status --wait-idle", "status --wait-idel", "No such option"),
        ("backup list", "backup lsit", "No such command"),
        ("--limit 1", "--limit few", "not a valid integer"),
        ("# exit status 1", "", "autostart status: 1"),
        ("Experts/...", "Scripts/...", "Scripts/"),
        ("EAs classify", "EAs clasify", "No such command"),
        (
            "# the tests do not run this: it is Windows'\n",
            "",
            "the tests do not run this: WHY",
        ),
        ("interval_s", "interval", "interval_s"),
        ("one = 1", "one = ", "Invalid value"),
        ("```toml mine.toml", "```yaml", "blocks of 'yaml' are not tried"),
        ("orquestrador search", "systemctl", "say why the tests do not run this"),
    ],
)
def test_a_page_whose_commands_or_settings_are_wrong_fails(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in WORKS

    with pytest.raises(Exception, match=words):
        run_page(tmp_path / "page.md", WORKS.replace(old, new))
