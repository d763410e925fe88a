"""`ipfs-bench db serve`: one database for many machines."""

import click

from pytest_ipfs_bench.cli.common import tell
from pytest_ipfs_bench.cli.database import database_argument
from pytest_ipfs_bench.naming import chosen
from pytest_ipfs_bench.places import PORT, here_only


@click.command()
@database_argument
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Address to listen at; beyond this machine the token travels in the clear (TLS: a proxy).")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port to listen at.")
@click.option("--memory", default="4GB", show_default=True, metavar="SIZE", help="Memory that DuckDB may take.")
def serve(path: str | None, database: str | None, host: str, port: int, memory: str) -> None:
    """Serve a database to other machines, which name it quack:HOST:PORT, until SIGTERM or Ctrl-C.

    The token comes from IPFS_BENCH_TOKEN, from the file of mode 600 that IPFS_BENCH_TOKEN_FILE names, or from
    ~/.config/ipfs-bench/token: who has it may hand results over and read. IPFS_BENCH_READ_TOKEN (or its file) may only read.

    \b
    Example:
        export IPFS_BENCH_TOKEN=$(python -c "import secrets; print(secrets.token_urlsafe(32))")
        ipfs-bench db serve bench.duckdb --port 9494
    """
    from pytest_ipfs_bench.store.quack import serving, tokens
    from pytest_ipfs_bench.store.read import check

    target = here_only(chosen(path or database), "db serve")
    check(target)
    asked = serving.Serving(host, port, tokens.needed(), tokens.find(tokens.READER), memory)
    serving.serve(target, asked, ready=lambda remote: click.echo(f"Serving {target} as {remote}"), tell=tell)
