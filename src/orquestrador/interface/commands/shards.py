"""`orquestrador shards`: classifies a large input into a folder of parts."""

from typing import Any

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, ngettext


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "shards",
        callback=click.pass_obj(shards),
        short_help=_("Classify a large input into a folder of parts."),
        help=_(
            "Classify a large input into a folder of parts, without a catalog: folders "
            "or files, Parquet files with a column of paths and one of sources, or "
            "URIs such as s3://bucket/folder. The input is divided into shards; each "
            "becomes a part of the output, written whole. Interrupted, or after a "
            "failure, the same command goes on. The settings are the library's "
            "(--library). Prints what was done; `orquestrador import FOLDER` brings it "
            "into a catalog.\n\n"
            "Exit status: 0 done (files that could not be read are recorded), "
            "1 failed, 2 wrong usage, 130 interrupted; parts that are there are kept."
        ),
        params=[
            click.Argument(["inputs"], nargs=-1, required=True),
            click.Option(
                ["--to"],
                required=True,
                metavar="FOLDER",
                help=_("The output: a new folder, or one that was begun so."),
            ),
            click.Option(
                ["--format", "output"],
                type=click.Choice(["parquet", "jsonl", "csv"]),
                default="parquet",
                show_default=True,
                help=_("Of the parts."),
            ),
            click.Option(
                ["--input-format"],
                type=click.Choice(["auto", "folder", "parquet"]),
                default="auto",
                show_default=True,
                help=_("auto: Parquet where there are such files."),
            ),
            click.Option(
                ["--path-column"],
                multiple=True,
                default=["path"],
                show_default=True,
                help=_("Of Parquet: the path; given again, parts of it."),
            ),
            click.Option(
                ["--content-column"],
                default="content",
                show_default=True,
                help=_("Of Parquet: the source, as text or bytes."),
            ),
            click.Option(
                ["--shard-mb"],
                type=click.FloatRange(0.001, 1024),
                default=8.0,
                show_default=True,
                help=_("Source in a shard."),
            ),
            click.Option(
                ["--level"],
                type=click.Choice(["quick", "full"]),
                help=_("quick: language, kind and facts; full: everything."),
            ),
            click.Option(
                ["--engine"],
                type=click.Choice(["processes", "inline", "ray"]),
                help=_("Where to classify: in worker processes, or in this one."),
            ),
            click.Option(
                ["--workers"],
                type=click.IntRange(1, 64),
                help=_("Shards at a time."),
            ),
        ],
    )


def shards(
    session: Session,
    /,
    *,
    inputs: tuple[str, ...],
    to: str,
    **options: Any,  # noqa: ANN401 -- click's options
) -> int:
    """Run the command; returns its exit status."""
    import msgspec  # noqa: PLC0415 -- not for --help

    from orquestrador.interface import progress  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.sharding import Sharding  # noqa: PLC0415 -- loads the actor runtime
    from orquestrador.shards.planning import ShardOptions  # noqa: PLC0415 -- likewise

    session.overrides = {
        "classification": {key: options[key] for key in ("engine", "workers", "level")}
    }
    asked = ShardOptions(
        input_format=options["input_format"],
        output=options["output"],
        path_columns=tuple(options["path_column"]),
        content_column=options["content_column"],
        shard_bytes=int(options["shard_mb"] * 1e6),
    )
    with Sharding(
        inputs,
        to,
        options=asked,
        settings=session.loaded.settings,
        library=session.library,
    ) as sharding:
        progress.follow(session, sharding.run)
        result = sharding.result()
    if session.as_json:
        document = msgspec.to_builtins(result)
        del document["type"]
        session.print_json(document)
        return 0
    parts = ngettext("{count} part in {to}", "{count} parts in {to}", result.shards)
    session.print(parts.format(count=session.number(result.shards), to=result.to))
    session.print(
        _("{files} files; classified now: {classified}; problems: {problems}").format(
            files=session.number(result.files),
            classified=session.number(result.classified),
            problems=session.number(result.problems),
        )
    )
    return 0
