"""Recommendations and their reasons in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from orquestrador.reports.data import Advice, AdviceCode
from orquestrador.reports.document import Advised
from orquestrador.reports.saying import Said
from orquestrador.words import N_


class _Words(NamedTuple):
    what: str
    why: str
    """`%(files)s`, `%(contents)s` and `%(size)s` are filled in."""


WORDS: Mapping[AdviceCode, _Words] = MappingProxyType(
    {
        "no_backup": _Words(
            N_("Make a backup: orquestrador backup create"),
            N_("There is none: a failing disk, or a mistake, would take everything."),
        ),
        "one_disk": _Words(
            N_("Keep the backup on another disk as well: orquestrador backup push"),
            N_(
                "The only backup (%(size)s) is on the same disk as the library: if "
                "that disk fails, both are gone."
            ),
        ),
        "secrets": _Words(
            N_(
                "Change the passwords and keys that stand in sources, and take them out"
            ),
            N_(
                "A password, key or token stands in plain text: %(contents)s distinct, "
                "in %(files)s files. Whoever gets the source has it."
            ),
        ),
        "no_stop_loss": _Words(
            N_("Do not run experts without a stop loss on a real account"),
            N_(
                "Experts of which no order gets a stop: %(contents)s distinct, in "
                "%(files)s files. One move can take the whole account."
            ),
        ),
        "martingale": _Words(
            N_("Try experts that raise the lot with money you can lose, or not at all"),
            N_(
                "Experts that raise the lot after losses: %(contents)s distinct, in "
                "%(files)s files. Most prop firms refuse them."
            ),
        ),
        "locks": _Words(
            N_("Set experts aside that are locked to an account or a date"),
            N_(
                "They end, or refuse to trade, without warning: %(contents)s distinct, "
                "in %(files)s files."
            ),
        ),
        "dll_import": _Words(
            N_("Allow DLLs only where you trust the author"),
            N_(
                "A DLL may do anything on the computer: %(contents)s distinct "
                "experts, in %(files)s files, call one."
            ),
        ),
        "decompiled": _Words(
            N_("Look for the originals of decompiled experts"),
            N_(
                "Decompiled code is hard to read and mend, and often not yours to "
                "use: %(contents)s distinct, in %(files)s files."
            ),
        ),
        "copies": _Words(
            N_("Set repeated files aside: orquestrador organize plan --duplicates"),
            N_(
                "Files that repeat the bytes of another: %(files)s; they take %(size)s."
            ),
        ),
        "variants": _Words(
            N_("Look through variants of the same code, and keep the best"),
            N_(
                "Files of the same code, or nearly, in other bytes: %(files)s; they "
                "take %(size)s."
            ),
        ),
        "unread": _Words(
            N_("Unpack archives other than .zip, and mend what could not be read"),
            N_("Files that were not read: %(files)s. Nothing is known of them."),
        ),
        "unknown": _Words(
            N_("Look at files that are no source, and take them out of the library"),
            N_("Files that were read and not recognised: %(files)s."),
        ),
        "pending": _Words(
            N_("Classify what is waiting: orquestrador classify"),
            N_("Files that wait for their classification: %(files)s."),
        ),
    }
)


def advised(advice: Advice, say: Said) -> Advised:
    """Return a recommendation and its reason, in the reader's language."""
    words = WORDS[advice.advice]
    return Advised(
        say.gettext(words.what),
        say.gettext(words.why)
        % {
            "files": say.number(advice.files),
            "contents": say.number(advice.contents),
            "size": say.size(advice.bytes),
        },
    )
