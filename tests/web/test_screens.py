"""The pictures of the page that the documentation shows."""

from itertools import product
from pathlib import Path

from tests.web.screens import LANGUAGES, SCHEMES, SIZES, VIEWS

DOCS = Path(__file__).parents[2] / "docs"
STATIC = DOCS.parent / "src/orquestrador/interface/web/static/views"


def test_every_view_is_shown_in_each_language_light_and_size() -> None:
    wanted = {
        "-".join(each) + ".png" for each in product(VIEWS, LANGUAGES, SCHEMES, SIZES)
    }
    page = (DOCS / "screens.md").read_text("utf-8")

    assert {path.stem for path in STATIC.glob("*.js")} == VIEWS.keys()
    assert {path.name for path in (DOCS / "screens").iterdir()} == wanted
    assert {name for name in wanted if f"(screens/{name})" in page} == wanted
