"""A label's code as a person says it on the command line."""

import difflib
from collections.abc import Iterable

import click

from orquestrador.interface.translation import _, label_code


def code_meant(option: str, given: str, codes: Iterable[str]) -> str:
    """Return which of the codes is meant, in either language.

    Args:
        option: its name without the dashes.
        given: what was said for it.
        codes: those that there are.

    Raises:
        click.UsageError: if it is none of them; names them all, and the nearest.

    """
    codes = tuple(codes)
    code = label_code(given, codes)
    if code is not None:
        return code
    near = difflib.get_close_matches(given, codes, n=1)
    hint = " " + _("Did you mean {name}?").format(name=near[0]) if near else ""
    raise click.UsageError(
        _("--{option} {given}: no such code; there are {codes}.").format(
            option=option, given=given, codes=", ".join(codes)
        )
        + hint
    )
