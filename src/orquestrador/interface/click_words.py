"""Click's own words ("Usage:", "No such option") in the language of the screen.

Click asks the process's gettext for them, in its default domain, and has no
translations of its own. Ours are the catalog `click` beside the program's own. Only the
command line, which owns its process, may say so: `main` does, a REPL's lines go on
with it, and a library that embeds us hears nothing of it.
"""

import contextlib
import gettext
import os
from collections.abc import Iterator
from pathlib import Path

DOMAIN = "click"

_LOCALE = Path(__file__).with_name("locale")


@contextlib.contextmanager
def click_in(language: str) -> Iterator[None]:
    """Let click speak `language` inside the `with`: the whole process hears it."""
    domain = gettext.textdomain()
    said = os.environ.get("LANGUAGE")
    gettext.bindtextdomain(DOMAIN, str(_LOCALE))
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if said is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = said
