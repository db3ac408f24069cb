"""What is said of copies for people: how alike they are, and why one is the best."""

from orquestrador.messages.sameness import Copy, CopyGroup, Merit
from orquestrador.words import N_, Words

REASONS: dict[Merit, str] = {
    "whole": N_("whole; the next best is cut off"),
    "source": N_("a source; the next best is decompiled"),
    "version": N_("version {value}; the next best {other}"),
    "code": N_("{value} characters of code; the next best {other}"),
    "comments": N_("{value} lines of comments; the next best {other}"),
    "quality": N_("quality {value}; the next best {other}"),
    "newest": N_("changed {value}; the next best {other}"),
    "place": N_("the plainest name and folder"),
}


def reason(group: CopyGroup, words: Words) -> str:
    """Return why a group's best is the best."""
    shown = {
        name: _shown(group.why, value, words)
        for name, value in (("value", group.value), ("other", group.other))
    }
    return words.gettext(REASONS[group.why]).format(**shown)


def likeness(copy: Copy, words: Words) -> str:
    """Return what a copy is of its group's best."""
    match copy.sameness:
        case "exact":
            return words.gettext("same bytes")
        case "same_code":
            return words.gettext("same code")
        case "near":
            text = words.gettext("near, {percent} %")
            # Never a whole hundred: it is no copy of the code.
            percent = min(99.9, 100 * copy.share)
            return text.format(percent=words.number(percent, 1))


def _shown(merit: Merit, value: str | None, words: Words) -> str:
    if value is None:
        return words.gettext("without one")
    if merit in {"code", "comments", "quality"}:
        return words.number(int(value))
    return value[:10] if merit == "newest" else value
