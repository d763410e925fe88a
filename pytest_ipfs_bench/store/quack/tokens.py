"""The token that a server and its clients share: from the environment, or a file that nobody else may read."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from pytest_ipfs_bench.errors import StoreError

WRITER, READER = "IPFS_BENCH_TOKEN", "IPFS_BENCH_READ_TOKEN"
FILES = {WRITER: "token", READER: "read-token"}
FORM = re.compile(r"[\x21-\x7e]{8,500}")
MAKE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


@dataclass(frozen=True)
class Token:
    """A token, which is never shown, and where it came from."""

    text: str = field(repr=False)
    source: str

    @property
    def proof(self) -> str:
        """What shows with a hand-over that its sender knows the token: SHA-256 of it and its purpose, in hex."""
        return hashlib.sha256(f"ipfs-bench hand-over {self.text}".encode()).hexdigest()


def find(name: str = WRITER) -> Token | None:
    """The token by that name: $NAME, the file $NAME_FILE, or ~/.config/ipfs-bench/token. Raises StoreError for a bad one."""
    if text := os.environ.get(name):
        return _sound(text, f"${name}")
    if told := os.environ.get(f"{name}_FILE"):
        return _read(Path(told).expanduser())
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "ipfs-bench" / FILES[name]
    return _read(usual) if usual.exists() else None


def needed() -> Token:
    """The token. Raises StoreError where there is none."""
    found = find()
    if found is None:
        raise StoreError(
            f"A served database asks for a token, and there is none: set {WRITER}, or {WRITER}_FILE to a file that only you"
            f" can read.\nTo make one: {MAKE}"
        )
    return found


def _read(path: Path) -> Token:
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise StoreError(f"{path}: others may read this token.\nMake it yours alone: chmod 600 {path}")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{path}: the token can't be read ({error.strerror or error}).") from error
    return _sound(text, str(path))


def _sound(text: str, source: str) -> Token:
    if not FORM.fullmatch(text.strip()):
        raise StoreError(
            f"{source}: no token: it has to be 8 to 500 visible characters of ASCII, no spaces.\nTo make one: {MAKE}"
        )
    return Token(text.strip(), source)
