"""`orquestrador backup export`: a snapshot as a zip, a folder or an encrypted zip."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.messages.backup import ExportResult
    from orquestrador.snapshots.exporting import Seal

_SEALED = ".age"


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_export()]


def _export() -> click.Command:
    return click.Command(
        "export",
        callback=click.pass_obj(export),
        short_help=_("Write a snapshot as a zip file, a folder or an encrypted zip."),
        help=_(
            "Write a SNAPSHOT (the newest, unless named) to TARGET: a zip file when "
            "its name ends in .zip, an encrypted one when it ends in .age, else a new "
            "folder. None of them needs this program to be opened: `age -d` decrypts "
            "what was encrypted.\n\n"
            "An encrypted one is for the owners of the keys named by --age-recipient; "
            "without any, a passphrase is asked for.\n\n"
            "Exit status: 0 done, 1 a file is not in it or it failed, 2 wrong usage, "
            "130 interrupted."
        ),
        params=[
            click.Argument(["words"], nargs=-1, metavar="[SNAPSHOT] TARGET"),
            click.Option(
                ["--age-recipient"],
                multiple=True,
                help=_("A public key, age1… or of SSH; may be given several times."),
            ),
            click.Option(
                ["--passphrase-file"],
                type=click.Path(path_type=Path, exists=True, dir_okay=False),
                help=_("A file whose first line is the passphrase."),
            ),
            click.Option(["--force"], is_flag=True, help=_("Replace a file.")),
        ],
    )


def export(
    session: Session,
    /,
    *,
    words: tuple[str, ...],
    age_recipient: tuple[str, ...],
    passphrase_file: Path | None,
    force: bool,
) -> int:
    """Write a snapshot; returns the exit status."""
    if len(words) not in {1, 2}:
        raise click.UsageError(_("name the file or folder to write, TARGET"))
    snapshot = words[0] if len(words) == 2 else "latest"
    target = Path(words[-1]).expanduser().absolute()
    seal = _seal(target, age_recipient, passphrase_file)
    result = _write(session, snapshot, target, seal, force=force)
    if session.as_json:
        session.print_json(result)
    else:
        _tell(session, result)
    for refused in result.refused:
        click.echo(f"{visible(refused.path)}: {visible(refused.reason)}", err=True)
    return 1 if result.refused else 0


def _seal(
    target: Path, recipients: tuple[str, ...], passphrase_file: Path | None
) -> "Seal | None":
    """Return what encrypts; None where nothing is to be encrypted."""
    from orquestrador.snapshots import sealing  # noqa: PLC0415 -- heavy

    if target.suffix.lower() != _SEALED:
        if recipients or passphrase_file is not None:
            raise click.UsageError(
                _("only a TARGET that ends in .age is encrypted: {name}.age").format(
                    name=target.name
                )
            )
        return None
    if recipients and passphrase_file is not None:
        raise click.UsageError(
            _("choose: keys by --age-recipient, or a passphrase, not both")
        )
    if recipients:
        return sealing.to_recipients(recipients)
    if passphrase_file is not None:
        lines = passphrase_file.read_text(encoding="utf-8-sig").splitlines()
        return sealing.with_passphrase(lines[0] if lines else "")
    asked = click.prompt(
        _("Passphrase"),
        hide_input=True,
        confirmation_prompt=_("The same once more"),
        err=True,
    )
    return sealing.with_passphrase(asked)


def _write(
    session: Session, snapshot: str, target: Path, seal: "Seal | None", *, force: bool
) -> "ExportResult":
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.exporting import Exporting  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        exporting = Exporting(repository, snapshot, force=force)
        if seal is not None:
            return exporting.to_sealed_zip(target, seal)
        if target.suffix.lower() == ".zip":
            return exporting.to_zip(target)
        return exporting.to_folder(target)


def _tell(session: Session, result: "ExportResult") -> None:
    told = _("{files} files of snapshot {id} written to {target}").format(
        files=session.number(result.files), id=result.snapshot, target=result.to
    )
    if result.size is not None:
        told += f" ({session.megabytes(result.size)})"
    session.print(told)
