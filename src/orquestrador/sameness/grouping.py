"""Makes groups of copies: each file is in one at most, and its best is named.

A group is a star, no chain: every file in it is an exact copy of its best, has the
same code, or shares enough with the best itself. So a program's tenth version is not
in a group with its first because each is near the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orquestrador.messages.sameness import Copy, CopyGroup, Sameness
from orquestrador.sameness.merits import Member, best_of, reason

Links = Mapping[int, Mapping[int, float]]
"""By the number of a code, those that are alike, with the share; each way round."""

_LOOSER: tuple[Sameness, ...] = ("exact", "same_code", "near")


def groups(
    members: Iterable[Member], sameness: Sameness, links: Links
) -> tuple[CopyGroup, ...]:
    """Return the groups of two files and more, by their first paths.

    Args:
        members: the files, in any order.
        sameness: the loosest that counts; `near` counts all three.
        links: the codes that are near one another.

    """
    found = [
        _group(group, links)
        for group in _gathered(members, sameness, links)
        if len(group) > 1
    ]
    return tuple(
        sorted(found, key=lambda group: min(copy.path for copy in group.copies))
    )


def _gathered(
    members: Iterable[Member], sameness: Sameness, links: Links
) -> Iterator[list[Member]]:
    if sameness == "exact":
        by_bytes: defaultdict[str, list[Member]] = defaultdict(list)
        for member in members:
            by_bytes[member.content.sha256].append(member)
        yield from by_bytes.values()
        return
    by_code: defaultdict[int, list[Member]] = defaultdict(list)
    for member in members:
        by_code[member.content.node].append(member)
    if sameness == "same_code":
        yield from by_code.values()
        return
    yield from _stars(by_code, links)


def _stars(codes: Mapping[int, list[Member]], links: Links) -> Iterator[list[Member]]:
    """Yield groups around a best each: the best of all takes those that are near it.

    Then the best of what is left, and so on.
    """
    best = {code: best_of(members) for code, members in codes.items()}
    taken: set[int] = set()
    for code in sorted(codes, key=lambda each: best[each].rank):
        if code in taken:
            continue
        star = [code, *(each for each in links.get(code, ()) if each in codes)]
        star = [each for each in star if each not in taken]
        taken.update(star)
        yield [member for each in star for member in codes[each]]


def _group(members: list[Member], links: Links) -> CopyGroup:
    best = best_of(members)
    others = [member for member in members if member is not best]
    why, second = reason(best, others)
    copies = [_copy(best, best, links), *(_copy(each, best, links) for each in others)]
    ordered = sorted(
        copies,
        key=lambda copy: (
            copy.path != best.path,
            _LOOSER.index(copy.sameness),
            -copy.share,
            copy.path,
        ),
    )
    return CopyGroup(
        best=best.path,
        why=why,
        value=best.value(why, second),
        other=second.value(why, best),
        sameness=_LOOSER[max(_LOOSER.index(copy.sameness) for copy in copies)],
        surplus_bytes=sum(member.size for member in others),
        copies=tuple(ordered),
    )


def _copy(member: Member, best: Member, links: Links) -> Copy:
    content = member.content
    sameness: Sameness = "near"
    share = 1.0
    if content.sha256 == best.content.sha256:
        sameness = "exact"
    elif content.node == best.content.node:
        sameness = "same_code"
    else:
        share = links[best.content.node][content.node]
    return Copy(
        path=member.path,
        sha256=content.sha256,
        size=member.size,
        sameness=sameness,
        share=round(share, 3),
    )
