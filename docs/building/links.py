"""Links: those that leave docs/, and those of the finished site."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\((\.\.?/[^)\s]+|[\w.]+\.json)\)")
_FENCES = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def of_repository(text: str, folder: Path, root: Path) -> str:
    """Show a link to a file outside of docs/ as that file's name.

    The site holds the pages alone; who reads it beside a clone finds the file there.

    Raises:
        FileNotFoundError: if there is no such file.

    """

    def shown(link: re.Match[str]) -> str:
        target = (folder / link[2].partition("#")[0]).resolve()
        if target.is_relative_to(root / "docs") and target.suffix != ".json":
            return link[0]
        place = target.relative_to(root).as_posix()
        if not target.exists():
            raise FileNotFoundError(f"{link[0]}: there is no {place}")
        return link[1] if place in link[1] else f"{link[1]} (`{place}`)"

    return "".join(
        part if part.startswith("```") else _LINK.sub(shown, part)
        for part in _FENCES.split(text)
    )


class _Page(HTMLParser):
    """Collects where a page's links lead, and what they may lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.leads: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        del tag
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.leads.add(value)
            if name == "id" and value:
                self.names.add(value)


def broken(site: Path) -> list[str]:
    """Return each link of a site to a file or a part of one that is not there."""
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site.resolve())}: {link}"
        for path, page in pages.items()
        for link in sorted(page.leads)
        if not _leads(link, path, pages)
    ]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _leads(link: str, path: Path, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    return (
        not parts.fragment
        or target not in pages
        or unquote(parts.fragment) in pages[target].names
    )
