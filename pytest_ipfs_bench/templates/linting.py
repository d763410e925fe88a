"""What ruff says of generated files, where it is installed (extra `templates`)."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_ipfs_bench.context import version_of
from pytest_ipfs_bench.templates.validation import Finding

SECONDS = 60.0
# The rules that find mistakes: syntax and pyflakes. What is merely not used is none: a parent's import may serve a child's block.
RULES = ("--select", "E9,F", "--ignore", "F401,F541,F841")


def version() -> str | None:
    """The version of the ruff that would be asked; None where there is none."""
    return version_of("ruff") if importlib.util.find_spec("ruff") else None


def lint(folder: Path, where: Mapping[str, str]) -> list[Finding]:
    """What `ruff check` finds in a folder's files, by the rules that find mistakes. where: by file, what it was made for."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        *RULES,
        "--output-format",
        "json",
        ".",
    ]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        return [Finding("ruff", f"ruff gives no answer ({type(error).__name__}).\nAsk it yourself: ruff --version")]
    return [_finding(one, where) for one in told]


def _finding(told: Mapping[str, object], where: Mapping[str, str]) -> Finding:
    place = told["location"]
    row = place["row"] if isinstance(place, dict) else "?"
    name = Path(str(told["filename"])).name
    folder = Path(str(told["filename"])).parent.name
    message = f"line {row} of what it makes: {told['code'] or 'syntax'}: {told['message']}"
    return Finding("ruff", message, where=where.get(f"{folder}/{name}"))
