"""Makes a plan for a library: catalog, tree and sources together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from orquestrador.catalog import Catalog
from orquestrador.config import OrganizeSettings
from orquestrador.errors import OrganizeError
from orquestrador.library import Unreadable, os_path, read_content
from orquestrador.organizing import copies, mending
from orquestrador.organizing.applying import require_finished
from orquestrador.organizing.directives import Directive, directives
from orquestrador.organizing.plan import BrokenReference, Plan
from orquestrador.organizing.planning import Known, Planner, known_files
from orquestrador.organizing.references import References, is_source
from orquestrador.organizing.tree import Tree, read_tree
from orquestrador.snapshots.walking import extended

_LARGEST = mending.LARGEST_MB * 1_000_000


def make_plan(  # noqa: PLR0913 -- what a caller may choose
    library: Path,
    state: Path,
    settings: OrganizeSettings,
    *,
    duplicates: Literal["exact", "same_code"] | None = None,
    fix_includes: bool = False,
    force_terminal: bool = False,
) -> Plan:
    """Return what is proposed for a library; changes nothing.

    Args:
        library: its folder, absolute.
        state: the state folder, with the catalog.
        settings: the templates.
        duplicates: only put surplus copies aside, of the same bytes or also of the
            same code. What is merely near may do something else, and stays.
        fix_includes: what is applied is to mend directives that it breaks.
        force_terminal: work on MetaTrader's data folders too.

    Raises:
        OrganizeError: if there is no catalog, an apply is unfinished, or the library
            is a MetaTrader's.
        CatalogError: if the catalog cannot be read.
        SnapshotError: if the library cannot be listed.
        SettingsError: if a template cannot be used.

    """
    require_finished(state)
    path = state / "catalog.sqlite3"
    if not path.exists():
        raise OrganizeError(
            f"nothing is known about {library} yet; run `orquestrador classify` first"
        )
    with Catalog(path, read_only=True) as catalog:
        known = known_files(catalog.records(), catalog.known_files())
        alike = _alike(catalog) if duplicates == "same_code" else {}
    tree = read_tree(library, state)
    planner = Planner(
        library, tree, known, settings, alike=alike, force_terminal=force_terminal
    )
    sources = _Sources(library, known)
    if duplicates:
        surplus = planner.surplus()
        staying = [raw for raw in tree.files if raw not in surplus]
        references = References(tree.files, {}, {})
        included = {
            named
            for raw in staying
            for named in references.included(raw, sources.directives(raw))
        }
        plan = planner.duplicates(included)
    else:
        plan = planner.organize()
    broken = tuple(_broken(plan, tree, sources))
    return plan._replace(broken=broken, fix_includes=fix_includes)


def _alike(catalog: Catalog) -> dict[str, str]:
    """Return the best content of each that has the same code as another one."""
    return {
        copy.sha256: group.copies[0].sha256
        for group in catalog.copies("same_code")
        for copy in group.copies
    }


class _Sources:
    """The directives of sources; those of copies are looked for once."""

    def __init__(self, library: Path, known: list[Known]) -> None:
        self._root = extended(library)
        self._sha256 = {each.raw: each.file.sha256 for each in known}
        self._found: dict[str | None, list[Directive]] = {}

    def directives(self, raw: bytes) -> list[Directive]:
        """Return the directives of a source; none when it cannot be read."""
        if not is_source(raw):
            return []
        sha256 = self._sha256.get(raw)
        if sha256 is None:
            return self._read(raw)
        if sha256 not in self._found:
            self._found[sha256] = self._read(raw)
        return self._found[sha256]

    def _read(self, raw: bytes) -> list[Directive]:
        read = read_content(os_path(self._root, raw), _LARGEST)
        return [] if isinstance(read, Unreadable) else directives(read.data)


def _broken(plan: Plan, tree: Tree, sources: _Sources) -> list[BrokenReference]:
    places = {move.source: move.target for move in plan.moves}
    references = References(tree.files, places, instead_of(plan))
    return [
        BrokenReference(
            raw=places.get(raw, raw),
            line=each.directive.line,
            directive=each.directive.word,
            text=each.directive.text,
            mended=each.mended,
        )
        for raw in sorted(tree.files)
        if is_source(raw)
        for each in references.broken(raw, sources.directives(raw))
    ]


def instead_of(plan: Plan) -> Mapping[bytes, bytes]:
    """Return the files that stay, by the copies of them that are put aside."""
    return {
        move.source: move.copy_of
        for move in plan.moves
        if move.copy_of is not None and copies.is_put_aside(move.target)
    }
