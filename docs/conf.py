"""How Sphinx builds the site: python -m sphinx -q -W -E -a docs build/site."""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "orquestrador"
author = "orquestrador"
copyright = "MIT"  # noqa: A001 -- Sphinx's name
release = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "docs.building.extension",
]
exclude_patterns = ["building", "trying"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
# In docstrings `name` is code.
default_role = "literal"
napoleon_numpy_docstring = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 72
add_module_names = False
# What is guessed to be the same name in two classes, and colours of code that a lexer
# does not know, are no mistakes of a page.
suppress_warnings = ["ref.python", "misc.highlighting_failure"]

html_theme = "furo"
html_title = f"orquestrador {release}"
html_copy_source = False
# A command's `--` is no dash.
smartquotes = False
html_show_sphinx = False
html_show_copyright = False
# Nothing is fetched from elsewhere, and no search is sent anywhere.
html_static_path = ["style"]
html_css_files = ["orquestrador.css"]
