"""English and Brazilian Portuguese, without touching the process's locale.

`choose` picks a language; `using` makes it the one that `_` and `ngettext` speak, for
the calls inside its `with` in this thread. Another thread, or another orchestrator in
this process, is not affected. Where a language is at hand as an object, its own
`gettext` needs no `using`.
"""

import contextlib
import gettext as stdlib_gettext
import importlib.resources
import re
import sys
import unicodedata
from collections.abc import Generator, Iterable, Mapping
from contextvars import ContextVar
from functools import cache

__all__ = [
    "LANGUAGES",
    "N_",
    "Translation",
    "_",
    "choose",
    "current",
    "label_code",
    "label_name",
    "ngettext",
    "using",
]

LANGUAGES = ("en", "pt_BR")
DOMAIN = "orquestrador"


class Translation:
    """One language: its texts and how it writes numbers."""

    def __init__(self, language: str, texts: stdlib_gettext.NullTranslations) -> None:
        """Speak `language` with these texts; see `choose`."""
        self.language = language
        self._texts = texts

    def gettext(self, text: str) -> str:
        """Return an English text in this language."""
        # An empty text would be answered with the catalog's header.
        return self._texts.gettext(text) if text else ""

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form that fits `count`; the caller fills the number in."""
        return self._texts.ngettext(singular, plural, count)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with this language's separators: 12,196.5 or 12.196,5."""
        text = f"{value:,.{decimals}f}"
        if self.language == "pt_BR":
            text = text.translate(str.maketrans(",.", ".,"))
        return text


def choose(lang: str | None, environment: Mapping[str, str]) -> Translation:
    """Return the language to speak.

    Args:
        lang: `en` or `pt_BR`, as the user said; None leaves it to the system.
        environment: the process's variables; the first of LC_ALL, LC_MESSAGES and LANG
            that is set decides, and where none is, Windows' own language.

    Raises:
        ValueError: if `lang` is neither.

    """
    if lang is None:
        lang = _system_language(environment)
    if lang not in LANGUAGES:
        raise ValueError(f"{lang!r} is no language here; say {' or '.join(LANGUAGES)}")
    return _translation(lang)


@cache
def _translation(language: str) -> Translation:
    if language == "en":
        return Translation(language, stdlib_gettext.NullTranslations())
    folder = importlib.resources.files("orquestrador.interface") / "locale" / language
    with (folder / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return Translation(language, stdlib_gettext.GNUTranslations(file))


def _system_language(environment: Mapping[str, str]) -> str:
    names = (environment.get(each) for each in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, names), None) or _windows_language()
    return "pt_BR" if re.match(r"pt([_.@-]|$)", name, re.IGNORECASE) else "en"


def _windows_language() -> str:
    """Return the language of Windows' menus, such as `pt_BR`; elsewhere nothing."""
    if sys.platform != "win32":
        return ""
    import ctypes  # noqa: PLC0415 -- its windll is there on Windows only
    import locale  # noqa: PLC0415 -- only for the names of Windows' numbers

    number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return locale.windows_locale.get(number, "")


_spoken: ContextVar[Translation | None] = ContextVar("translation", default=None)


@contextlib.contextmanager
def using(translation: Translation) -> Generator[None, None, None]:
    """Let `_` and `ngettext` speak this language inside the `with`, in this thread."""
    token = _spoken.set(translation)
    try:
        yield
    finally:
        _spoken.reset(token)


def N_(text: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark a text that is translated where it is shown; return it as it is."""
    return text


def _(text: str) -> str:
    """Return an English text in the language of `using`; English outside of it."""
    return current().gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the form that fits `count` in the language of `using`."""
    return current().ngettext(singular, plural, count)


def current() -> Translation:
    """Return the language of `using`; English outside of it."""
    return _spoken.get() or _translation("en")


def label_name(code: str, translation: Translation) -> str:
    """Return what people call a label's code; the code itself when it is unknown."""
    from orquestrador.reports.labels import label  # noqa: PLC0415 -- reports load the catalog, which `--help` does not need

    return translation.gettext(label(code))


def label_code(text: str, codes: Iterable[str]) -> str | None:
    """Return which of `codes` a person means by `text`, or None.

    Understands the code and its names in every language, whatever their case, accents
    and punctuation: `trend_following`, `Seguidor de tendência`, `reversao-a-media`.
    """
    wanted = _plain(text)
    for code in codes:
        names = (label_name(code, _translation(language)) for language in LANGUAGES)
        if wanted in {_plain(code), *map(_plain, names)}:
            return code
    return None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    unaccented = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.findall(r"[a-z0-9]+", unaccented))
