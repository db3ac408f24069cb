"""The reader's language, with the words for codes, sizes and times."""

import datetime as dt

from orquestrador.reports import labels
from orquestrador.reports.reason_words import reason_text
from orquestrador.visible import visible
from orquestrador.words import Words


class Said:
    """Says what a report says, in one language."""

    def __init__(self, words: Words) -> None:
        """Speak the language of `words`."""
        self.words = words
        self.gettext = words.gettext
        self.number = words.number

    def ngettext(self, singular: str, plural: str, count: int, **filled: str) -> str:
        """Return the form for `count`, which fills in `%(count)s`."""
        form = self.words.ngettext(singular, plural, count)
        return form % ({"count": self.number(count)} | filled)

    def label(self, code: str) -> str:
        """Return a code's name."""
        return visible(self.gettext(labels.label(code)))

    def danger(self, code: str) -> str:
        """Return the name of a danger of experts, or of a mark of files."""
        name = labels.EXPERT_DANGERS.get(code) or labels.label(code)
        return visible(self.gettext(name))

    def reason(self, text: str) -> str:
        """Return a reason of no classification."""
        return visible(reason_text(text, self.words))

    def size(self, count: int) -> str:
        """Return bytes in the unit a person would choose."""
        return readable_size(count, self.words)


def moment(when: dt.datetime) -> str:
    """Return a time as people read it in a table."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def readable_size(count: int, words: Words) -> str:
    """Return bytes in the unit a person would choose; 1 MB is a million."""
    if count < 1000:
        return f"{words.number(count)} B"
    value, unit = count / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{words.number(value, 1)} {unit}"
