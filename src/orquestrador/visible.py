"""Text of files, names and settings, made safe to show."""


def visible(text: str, keep: str = "") -> str:
    r"""Return text in which nothing hides and nothing is obeyed.

    What a file holds must not move a terminal's cursor, turn the text around it (a
    right-to-left override) or end a line: each such character is written as Python
    writes it, `\x1b` or `\u202e`.

    Args:
        text: from anywhere, unpaired surrogates included.
        keep: characters that stay as they are, such as a tab.

    """
    if text.isprintable():
        return text
    return "".join(
        each
        if each.isprintable() or each in keep
        else each.encode("unicode_escape").decode("ascii")
        for each in text
    )
