"""The user's own rules, known to work before anything rests on them."""

from pathlib import Path

from orquestrador.config import ClassificationSettings
from orquestrador.config.own_rules import OwnRules, chosen_own_rules


def usable_own_rules(
    settings: ClassificationSettings, library: Path
) -> OwnRules | None:
    """Return what the settings and installed packages add; None where nothing does.

    Args:
        settings: they name the files.
        library: the folder from which relative names of files count.

    Raises:
        SettingsError: names the file and the rule that cannot be used.

    """
    own = chosen_own_rules(settings, library)
    if own is not None and own.rules:
        from orquestrador.classification.rules import rulebook  # noqa: PLC0415 -- heavy, and seldom needed

        rulebook(own)
    return own
