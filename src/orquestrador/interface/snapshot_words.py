"""Why a snapshot was taken, in the screen's language; kept in English, as codes are."""

from orquestrador.words import N_, Words

SNAPSHOT_REASONS = {
    "after a classification": N_("after a classification"),
    "after saves": N_("after saves"),
    "before organizing": N_("before organizing"),
    "before restoring": N_("before restoring"),
    "before undoing": N_("before undoing"),
    "on demand": N_("on demand"),
    "on schedule": N_("on schedule"),
}
"""Reasons, or how they begin: a snapshot's id may follow."""


def snapshot_reason(reason: str, words: Words) -> str:
    """Return a reason in a language; one of the user's own stays as it is."""
    for known, text in SNAPSHOT_REASONS.items():
        if reason == known or reason.startswith(f"{known} "):
            return words.gettext(text) + reason.removeprefix(known)
    return reason
