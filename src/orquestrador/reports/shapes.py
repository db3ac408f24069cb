"""English sentences with blanks, found again in a finished text to say it otherwise.

Reasons and errors are made as one English text, where they arise: a program may compare
it. For people its shape is found here, and what stands in the blanks is put into the
translation.
"""

import re
from collections.abc import Callable, Iterable

from orquestrador.words import Words

Say = Callable[[str], str]


class Shapes:
    """Sentences with blanks in braces; of several, the one with most own letters."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take the sentences as they are marked for translation."""
        ordered = sorted(texts, key=_own_letters, reverse=True)
        self._patterns = [(text, _pattern(text)) for text in ordered]

    def said(self, text: str, words: Words, inner: Say = str) -> str | None:
        """Return a text of a known shape in the language of `words`; else None.

        Args:
            text: the finished English text.
            words: the language.
            inner: says what stands in a blank.

        """
        for shape, pattern in self._patterns:
            found = pattern.fullmatch(text)
            if found is not None:
                blanks = {name: inner(told) for name, told in found.groupdict().items()}
                return words.gettext(shape).format(**blanks)
        return None


def _parts(shape: str) -> list[str]:
    # With its group, `split` puts the names at the odd places. `{{` is a brace.
    return re.split(r"(?<!\{)\{(\w+)\}(?!\})", shape)


def _own_letters(shape: str) -> int:
    return sum(map(len, _parts(shape)[::2]))


def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            f"(?P<{part}>.+?)"
            if place % 2
            else re.escape(part.replace("{{", "{").replace("}}", "}"))
            for place, part in enumerate(_parts(shape))
        ),
        re.DOTALL,
    )
