"""A unified diff of two texts in bounded time, whatever they are.

`difflib` alone may take minutes for a few thousand lines that repeat. Lines that
stand once in both texts are found first and divide them (Bram Cohen's patience
diff); `difflib` sees only the short stretches in between, and a stretch that is too
long counts as replaced.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

CONTEXT = 3
_LONGEST = 200
"""Lines of a stretch that `difflib` is given: its worst case grows with the cube."""

_Stretch = tuple[int, int, int, int]
"""First line and the one after the last, of the old text and of the new."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def lines_of(text: str) -> list[str]:
    """Return a text's lines without their ends; a last empty one is left out."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def unified(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a unified diff without its head; none when they are equal."""
    for group in _Matched(old, new).get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        yield (f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@")
        for tag, low, high, low_new, high_new in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[low:high])
                continue
            yield from (f"-{line}" for line in old[low:high])
            yield from (f"+{line}" for line in new[low_new:high_new])


def _range(start: int, end: int) -> str:
    """Return lines as a unified diff names them."""
    if end - start == 1:
        return f"{start + 1}"
    return f"{start + (end > start)},{end - start}"


class _Matched(SequenceMatcher[str]):
    """Groups what differs, as `difflib` does, by matches found in bounded time."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, "", "")
        self._found = _merged(_matches(old, new))
        self._found.append(Match(len(old), len(new), 0))

    def get_matching_blocks(self) -> list[Match]:
        return self._found


def _merged(blocks: list[Match]) -> list[Match]:
    merged: list[Match] = []
    for block in sorted(blocks):
        if merged:
            last = merged[-1]
            if (last.a + last.size, last.b + last.size) == (block.a, block.b):
                merged[-1] = Match(last.a, last.b, last.size + block.size)
                continue
        merged.append(block)
    return merged


def _matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Return the stretches that both texts share."""
    blocks: list[Match] = []
    pending = [(0, len(old), 0, len(new))]
    while pending:
        low, high, low_new, high_new = pending.pop()
        head = _common(old[low:high], new[low_new:high_new])
        blocks.append(Match(low, low_new, head))
        low, low_new = low + head, low_new + head
        tail = _common(old[low:high][::-1], new[low_new:high_new][::-1])
        high, high_new = high - tail, high_new - tail
        blocks.append(Match(high, high_new, tail))
        if low == high or low_new == high_new:
            continue
        olds, news = old[low:high], new[low_new:high_new]
        anchors = _anchors(olds, news)
        if anchors:
            blocks += [Match(low + at, low_new + there, 1) for at, there in anchors]
            pending += _between(anchors, (low, high, low_new, high_new))
        elif max(len(olds), len(news)) <= _LONGEST:
            found = SequenceMatcher(None, olds, news, autojunk=False)
            blocks += [
                Match(low + each.a, low_new + each.b, each.size)
                for each in found.get_matching_blocks()
            ]
    return [block for block in blocks if block.size]


def _between(anchors: list[tuple[int, int]], stretch: _Stretch) -> list[_Stretch]:
    """Return the stretches that the anchors leave of one."""
    low, high, low_new, high_new = stretch
    left: list[_Stretch] = []
    at, there = low, low_new
    for place, place_new in anchors:
        left.append((at, low + place, there, low_new + place_new))
        at, there = low + place + 1, low_new + place_new + 1
    return [*left, (at, high, there, high_new)]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many lines are the same from the first on."""
    pairs = enumerate(zip(old, new, strict=False))
    differ = (place for place, (one, other) in pairs if one != other)
    return next(differ, min(len(old), len(new)))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return lines that stand once in each, as many as keep their order."""
    once_old = {line for line, count in Counter(old).items() if count == 1}
    once = {
        line for line, count in Counter(new).items() if count == 1 and line in once_old
    }
    places = {line: place for place, line in enumerate(new) if line in once}
    pairs = [(place, places[line]) for place, line in enumerate(old) if line in once]
    return _longest_rising(pairs)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs in which the second rises too."""
    ends: list[int] = []
    chosen: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        before.append(chosen[at - 1] if at else -1)
        ends[at : at + 1] = [place]
        chosen[at : at + 1] = [index]
    rising: list[tuple[int, int]] = []
    index = chosen[-1] if chosen else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]
