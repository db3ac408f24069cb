"""What a prop firm would say of one file, in people's words."""

from collections.abc import Iterator

import msgspec

from orquestrador.config.profiles import Profile, chosen_profile
from orquestrador.errors import SettingsError
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.interface.web.api.one_file import OneFile, known_file
from orquestrador.messages.record import Evidence, PropFirm, Verdict


class JudgedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement, and whether the file meets it."""

    rule: str
    words: str
    """A sentence that is true when it is met, in the language of the place."""

    met: bool
    evidence: tuple[Evidence, ...]


class ShownVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a file stands to a prop firm's rules."""

    profile: str
    name: str
    """The firm's."""

    source: str
    """Where its rules are from, and of what date."""

    address: str
    date: str
    score: int
    """0 to 100."""

    level: Verdict
    rules: tuple[JudgedRule, ...]
    """Those that are missed, then those that are met."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/file/verdict",
            summary="Tell how a file stands to the prop firm's rules",
            takes=OneFile,
            answer=ShownVerdict | None,
            call=_verdict,
        ),
    )


def _verdict(library: PageLibrary, wanted: OneFile) -> ShownVerdict | None:
    _, record = known_file(library, wanted.path)
    verdict = record.prop_firm
    if verdict is None or verdict.level == "not_applicable":
        return None
    try:
        profile = chosen_profile(library.settings.classification, library.library)
    except SettingsError as error:
        raise ApiError(422, str(error)) from error
    return ShownVerdict(
        profile=verdict.profile,
        name=profile.name,
        source=profile.source,
        address=profile.address,
        date=profile.date,
        score=verdict.score,
        level=verdict.level,
        rules=tuple(_rules(verdict, profile, library.place.words.language)),
    )


def _rules(verdict: PropFirm, profile: Profile, language: str) -> Iterator[JudgedRule]:
    words = {rule.id: rule.words.spoken(language) for rule in profile.rule}
    for met, labels in ((False, verdict.missed), (True, verdict.met)):
        for each in labels:
            yield JudgedRule(
                rule=each.label,
                # The profile may have changed since the file was judged.
                words=words.get(each.label, each.label),
                met=met,
                evidence=each.evidence,
            )
