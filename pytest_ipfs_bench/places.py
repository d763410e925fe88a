"""Where a database is: a file here, or one that a machine serves (`ipfs-bench db serve`): quack:HOST:PORT."""

import re
from dataclasses import dataclass
from pathlib import Path

from pytest_ipfs_bench.errors import BenchError

SCHEME, PORT = "quack:", 9494
HERE = ("localhost", "127.0.0.1", "::1")
SHAPE = re.compile(r"(?P<host>[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class Remote:
    """A database that is served: on which machine (an IPv6 address without brackets), at which port."""

    host: str
    port: int = PORT

    def __str__(self) -> str:
        """As it is written: quack:HOST:PORT."""
        return f"{SCHEME}{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def name(self) -> str:
        """What files about it are called by."""
        return f"quack-{self.host.replace(':', '_')}-{self.port}"

    @property
    def here(self) -> bool:
        """Whether it is this machine: then nobody can listen to what is said."""
        return self.host in HERE


Target = Path | Remote


def is_remote(name: str) -> bool:
    """Whether a database's name is one of a served one."""
    return name.startswith(SCHEME)


def remote(name: str, asked: str) -> Remote:
    """A served database by its name; `asked`: which option names it. Raises BenchError for what names none."""
    found = SHAPE.fullmatch(name.removeprefix(SCHEME).removeprefix("//"))
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 2**16:
        raise BenchError(
            f"{asked}={name}: no served database.\nWrite quack:HOST:PORT, for one quack:127.0.0.1:{PORT};"
            " the token comes from IPFS_BENCH_TOKEN."
        )
    return Remote(found["host"].strip("[]").lower(), port)


def here_only(database: Target, what: str) -> Path:
    """A database's path, for what works on files only. Raises BenchError for a served one."""
    if isinstance(database, Remote):
        raise BenchError(
            f"{database}: {what} works on the file itself.\nRun it where that lies; stop the server first."
        )
    return database
