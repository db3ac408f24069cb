"""The question before what cannot be undone.

Where somebody is there, he is asked. Lines from a pipe are asked nothing: they have
to say `--yes`, so that a line too many in a script ends nothing by accident.
"""

from collections.abc import Sequence

import click

from orquestrador.errors import SettingsError
from orquestrador.interface.translation import _

YES = "--yes"


def without_yes(words: Sequence[str]) -> list[str]:
    """Return the words of a line that are not the consent."""
    return [each for each in words if each != YES]


def question_before(words: Sequence[str]) -> str | None:
    """Return what to ask before a command of the command line; None for most."""
    if {"-h", "--help"} & {*words}:
        return None
    if words[0] in {"stop", "parar_sistema"}:
        return _("Stop the whole system?")
    if words[0] == "backup" and {"--force", "prune", "--in-place"} & {*words}:
        return _("This may replace or remove what is kept. Go on?")
    return None


def make_sure(question: str, words: Sequence[str], *, interactive: bool) -> None:
    """Go on only with the user's consent.

    Args:
        question: what to ask.
        words: of the line; the consent may stand among them.
        interactive: whether somebody can be asked.

    Raises:
        click.Abort: if the user says no.
        SettingsError: if nobody can be asked.

    """
    from orquestrador.interface.questions import confirmed  # noqa: PLC0415 -- heavy

    if YES in words:
        return
    if not interactive:
        raise SettingsError(f"{question} " + _("Nobody can be asked: say --yes."))
    if not confirmed(question, proposed=False):
        raise click.Abort
