"""A page that does not hold what it shows fails: the collector of docs/runtime."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "docs" / "runtime" / "conftest.py"

GOOD = """
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
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(7)"""


def _outcome(folder: Path, page: str) -> tuple[int, str]:
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "page.md").write_text(page, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_page_that_shows_what_it_prints_passes(tmp_path: Path) -> None:
    status, output = _outcome(tmp_path, GOOD)

    assert status == 0, output
    assert "4 passed" in output


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("is 6\n", "is 7\n", "+the number is 6"),
        ("```text\n7\n```", "", "printed, and not shown"),
        ("```text\nthe number is 6\n```", "", "printed, and not shown"),
        ("number = 6", "raise LookupError", "LookupError"),
        ("print(number + 1)", LEAVES_A_THREAD, "the page leaves threads"),
    ],
    ids=["other output", "last not shown", "not shown", "raises", "leaves a thread"],
)
def test_a_page_that_does_not_fails(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD

    status, output = _outcome(tmp_path, GOOD.replace(old, new))

    assert status == 1, output
    assert words in output
