"""Prop-firm profiles: what a firm wants of a trading program, as data.

The program's own stand in `config/profiles/*.toml`; settings name further files. What
is wrong with one is said with its file and the key's path.
"""

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from orquestrador.config.sections import ClassificationSettings
from orquestrador.config.user_file import place_of, read_user_file, toml_of
from orquestrador.config.vocabulary import LABELS
from orquestrador.errors import SettingsError

DEFAULT = "ftmo"
"""The profile that judges where nothing else is set."""

NEVER_READY = ("strategies.martingale", "risk.lot_multiplier", "risk.no_stop_loss")
"""Whatever a profile says: what bears one of these is not `ready`."""

STOP = "risk.stop_loss"
"""Without it, nothing is `ready`: so no grid without a stop is, either."""

MOST_CHARACTERS = 20_000
"""Of a profile as JSON: it travels on the command line of a worker process."""

_KEY = "classification.profiles"

Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Meta(min_length=1, max_length=500)]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence for people, in the program's languages."""

    en: Text
    pt_br: Annotated[str, Meta(max_length=500)] = msgspec.field(
        default="", name="pt_BR"
    )
    """Empty where nobody has translated it."""

    def spoken(self, language: str) -> str:
        """Return the sentence in `en` or `pt_BR`; English where that is missing."""
        return (self.pt_br if language == "pt_BR" else "") or self.en


class ProfileRule(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """One requirement; a program meets it or misses it.

    Labels are written with their group: `risk.stop_loss`, `strategies.grid`,
    `hygiene.account_lock`. A rule is missed when it is broken, or when `met_by` names
    labels and the program has none of them.
    """

    id: Id
    words: Words
    """What is required, as a sentence that is true when the rule is met."""

    weight: Annotated[int, Meta(ge=1, le=100)]
    """What the rule adds to the score when it is met, in proportion to the others."""

    met_by: tuple[str, ...] = ()
    """Labels of which the program must have one."""

    broken_by: tuple[str, ...] = ()
    """Labels that break the rule."""

    unless: tuple[str, ...] = ()
    """Labels of which one excuses those in `broken_by`."""

    required: bool = False
    """Whether a program that misses the rule is never `ready`."""

    unsuitable: bool = False
    """Whether breaking the rule (not: lacking a label) makes it `unsuitable`."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one firm, or one kind of firm, wants."""

    id: Id
    version: Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")]
    """Raised by whoever changes the rules; a record names it."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    source: Annotated[str, Meta(min_length=1, max_length=2000)]
    """Where the rules are from: the firm's own, in other words."""

    address: Annotated[str, Meta(max_length=500)]
    """Of the source, for people; nothing is ever fetched. May be empty."""

    date: Annotated[str, Meta(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")]
    """When the source said so: year, with month and day where known."""

    ready_from: Annotated[int, Meta(ge=1, le=100)]
    """The least score of a program that is `ready`."""

    rule: Annotated[tuple[ProfileRule, ...], Meta(min_length=1)]

    def encoded(self) -> str:
        """Return the profile as ASCII text, for `decoded_profile`."""
        return json.dumps(msgspec.to_builtins(self))


def decoded_profile(text: str) -> Profile:
    """Return the profile that `Profile.encoded` wrote."""
    return msgspec.json.decode(text, type=Profile)


def profile_names() -> tuple[str, ...]:
    """Return the ids of the program's own profiles, sorted."""
    folder = files("orquestrador.config") / "profiles"
    found = [each.name for each in folder.iterdir()]
    return tuple(
        sorted(each.removesuffix(".toml") for each in found if each.endswith(".toml"))
    )


@cache
def own_profile(name: str = DEFAULT) -> Profile:
    """Return one of `profile_names`; it is read once."""
    file = files("orquestrador.config") / "profiles" / f"{name}.toml"
    return parse_profile(file.read_bytes(), file.name)


def chosen_profile(settings: ClassificationSettings, library: Path) -> Profile:
    """Return the profile that the settings name.

    One of the user's files wins over the program's own profile of the same id.

    Args:
        settings: `prop_firm` is the profile's id, `profiles` are the user's files.
        library: the folder from which relative names of files count.

    Raises:
        SettingsError: if a file cannot be used, two have one id, or no profile has
            the id that is set; names the file and the key, or the nearest id.

    """
    given: dict[str, Path] = {}
    profiles: dict[str, Profile] = {}
    for name in settings.profiles:
        file = place_of(name, library, _KEY)
        profile = parse_profile(read_user_file(file, _KEY), str(file))
        if profile.id in given:
            raise SettingsError(
                f"classification.profiles: {given[profile.id]} and {file} both are "
                f"the profile {profile.id!r}; give one of them another id"
            )
        given[profile.id] = file
        profiles[profile.id] = profile
    wanted = settings.prop_firm
    if wanted in profiles:
        return profiles[wanted]
    if wanted in profile_names():
        return own_profile(wanted)
    raise SettingsError(_no_such(wanted, {*profiles, *profile_names()}))


def _no_such(wanted: str, there: set[str]) -> str:
    near = difflib.get_close_matches(wanted, there, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return (
        f"classification.prop_firm: there is no profile {wanted!r}; "
        f"there are {', '.join(sorted(there))}{hint}"
    )


def parse_profile(data: bytes, place: str) -> Profile:
    """Return the profile that a TOML file holds.

    Args:
        data: the file, UTF-8.
        place: its name, for errors.

    Raises:
        SettingsError: if it is none, or would call ready what never is; names the
            file and the key.

    """
    document = toml_of(data, place)
    try:
        profile = msgspec.convert(document, Profile)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{place}: {error}") from error
    problems = [f"{place}: {each}" for each in _problems(profile)]
    if problems:
        raise SettingsError(*problems)
    return profile


def _problems(profile: Profile) -> Iterator[str]:
    seen: set[str] = set()
    for number, rule in enumerate(profile.rule):
        key = f"rule[{number}]"
        if rule.id in seen:
            yield f"{key}.id: {rule.id} is the id of an earlier rule"
        seen.add(rule.id)
        if not (rule.met_by or rule.broken_by):
            yield f"{key}: {rule.id} needs met_by or broken_by"
        for name in ("met_by", "broken_by", "unless"):
            for label in getattr(rule, name):
                if label not in LABELS:
                    yield f"{key}.{name}: {_no_label(label)}"
        if (rule.unless or rule.unsuitable) and not rule.broken_by:
            yield f"{key}: unless and unsuitable say something of broken_by alone"
    yield from _promises(profile)
    if len(profile.encoded()) > MOST_CHARACTERS:
        yield f"is longer than {MOST_CHARACTERS} characters; use fewer words"


def _promises(profile: Profile) -> Iterator[str]:
    """Find what would let through what no profile may call ready."""
    required = [rule for rule in profile.rule if rule.required]
    for label in NEVER_READY:
        if not any(label in each.broken_by and not each.unless for each in required):
            yield f"rule: one with required = true must have {label} in broken_by"
    if not any(each.met_by == (STOP,) for each in required):
        yield f'rule: one with required = true must have met_by = ["{STOP}"]'


def _no_label(label: str) -> str:
    near = difflib.get_close_matches(label, LABELS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{label!r} is no label with its group, such as risk.stop_loss{hint}"
