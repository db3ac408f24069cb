"""The language of texts for people, as the caller supplies it."""

from typing import Protocol


class Words(Protocol):
    """A language: what translates texts and writes numbers."""

    @property
    def language(self) -> str:
        """The language's code, such as `pt_BR`."""
        ...

    def gettext(self, text: str) -> str:
        """Return an English text in this language."""
        ...

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form that fits `count`, in this language."""
        ...

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with this language's separators."""
        ...


def N_(text: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark a text for translation where it is shown; return it as it is."""
    return text


class English:
    """The language that the texts are written in."""

    language = "en"

    def gettext(self, text: str) -> str:
        """Return the text itself."""
        return text

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the singular for one, else the plural."""
        return singular if count == 1 else plural

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number such as 12,196.5."""
        return f"{value:,.{decimals}f}"


ENGLISH: Words = English()
