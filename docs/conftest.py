"""Every block and every command of these pages is a test, in the order of its page.

- `python` runs. What a page of `runtime/` prints it also shows, in a `text` block
  behind it; elsewhere it may.
- `sh` runs: `orquestrador …` in this process, `python PATH …` of this repository. The
  exit status is 0, or what a comment on the line says (`# exit status 1`).
- `text` behind one of these is what it printed; `...` stands for anything.
- `json` is a settings file that can be used, `toml` can be read. With a file's name
  behind the language, ```` ```toml gaps.toml ````, a block is that file of the library.
- `powershell`, `console`, indented commands and commands in a sentence are parsed as
  the command line parses them.

A block that cannot run says why in its first line, `# the tests do not run this: …`;
its commands are parsed. Before one that a test of its own runs stands
`<!-- tested: PATH -->`. What blocks find is a folder of their page's own
(`docs/trying/place.py`). Other languages must be named in `SHOWN`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sybil import Sybil

from docs.trying.blocks import begin, end
from docs.trying.parsing import PARSERS

pytest_collect_file = Sybil(
    parsers=PARSERS, patterns=["**/*.md", "*.md"], setup=begin, teardown=end
).pytest()
