"""`ipfs-bench report`: what a database holds."""

import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import click

from pytest_ipfs_bench.cli.common import FAILED, database_option, give, output_option, tell
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.options import REPORT_FORMATS


class Report(click.Command):
    """The command, whose help lists the kinds: read when it is asked for, not at every start."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Adds the kinds."""
        from pytest_ipfs_bench.reports.kinds import KINDS

        super().format_epilog(ctx, formatter)
        with formatter.section("Kinds"):
            formatter.write_dl([(kind.name, kind.description) for kind in KINDS.values()])


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The filters of reports, each an option; they combine."""
    return _options(command, without=())


def filter_options_of_runs(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same without what belongs to one kind of report: a baseline, a suite, its cells."""
    return _options(command, without=("baseline", "suite", "cell"))


def _options(command: Callable[..., Any], without: Collection[str]) -> Callable[..., Any]:
    from pytest_ipfs_bench.reports.asking import ONCE, REPEATABLE

    metavars = {"label": "KEY=VALUE", "since": "DATE", "until": "DATE", "batch": "N"}
    simulated = "Count simulated and predicted rows, too."
    command = click.option("--include-simulated", is_flag=True, help=simulated)(command)
    for name, told in reversed([(name, told) for name, told in (REPEATABLE | ONCE).items() if name not in without]):
        several = name in REPEATABLE
        words = f"{told[0].upper()}{told[1:]}{'; repeatable' if several else ''}."
        command = click.option(f"--{name}", metavar=metavars.get(name, "NAME"), multiple=several, help=words)(command)
    return command


@click.command(cls=Report)
@click.argument("kind", default="summary")
@database_option
@filter_options
@click.option("--format", "-f", "form", type=click.Choice(REPORT_FORMATS), default="text", show_default=True)
@output_option
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Draw the chart of it instead: FILE.png, .svg or .html (extra `charts`).")  # fmt: skip
def report(kind: str, database: str | None, form: str, output: Path | None, chart: Path | None, **words: Any) -> None:
    """Report what a database holds. KIND is one of those below, `summary` if none is named.

    \b
    Example:
        ipfs-bench report summary --format markdown -o report.md
        ipfs-bench report compare-hardware --model bert --metric throughput
        ipfs-bench report trend --hardware cuda --since 2026-01-01 -f csv
        ipfs-bench report compare-hardware --model bert --chart bert.png
    """
    from pytest_ipfs_bench import covering, reports
    from pytest_ipfs_bench.registry import Registry

    what = reports.asked(covering.spelt(list(pairs(words)), Path.cwd(), Registry.load))
    if chart:
        lost = reports.draw(chosen(database), kind, chart, what)
        tell(f"Chart: {chart}")
    else:
        reports.check(kind, form, output)
        made = reports.report(chosen(database), kind, form, what)
        give(made, form, output)
        lost = made.lost
    for one in lost:
        tell(one)
    if lost:
        sys.exit(FAILED)


def pairs(words: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Options as keys and values; those not given are left out."""
    for name, value in words.items():
        key = name.replace("_", "-")
        if isinstance(value, bool):
            yield key, "yes" if value else "no"
        elif isinstance(value, tuple):
            yield from ((key, one) for one in value)
        elif value is not None:
            yield key, value
