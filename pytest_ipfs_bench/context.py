"""Where a session runs: the only module that asks the operating system and git."""

import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

GIT_SECONDS = 5.0
# Versions that decide what a measurement means; those not installed are left out.
PACKAGES = (
    "pytest-ipfs-bench", "pytest", "pluggy", "pytest-benchmark", "pytest-xdist", "duckdb", "numpy",
    "onnxruntime", "onnxruntime-gpu", "openvino", "torch", "transformers", "magika",
)  # fmt: skip


@dataclass(frozen=True)
class Git:
    """The state of the working tree; None where it is not known. Untracked files don't make it dirty."""

    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None


def git(folder: Path) -> Git:
    """The git state of a folder, unknown outside a repository or without git."""
    command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    quiet = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=quiet, capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return Git()
    lines = done.stdout.splitlines()
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch.") and " " in line[2:])
    commit, branch = head.get("branch.oid"), head.get("branch.head")
    return Git(
        commit=None if commit == "(initial)" else commit,
        branch=None if branch == "(detached)" else branch,
        dirty=any(not line.startswith("#") for line in lines),
    )


def user() -> str | None:
    """Who works here: git's name for them, else the login's; None if nobody can tell."""
    command = ["git", "config", "user.name"]
    try:
        name = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        name = ""
    return name or os.environ.get("USER") or os.environ.get("LOGNAME")


def software() -> dict[str, str]:
    """Versions of what matters, and the kernel's build."""
    found = {"kernel": f"{platform.system()} {platform.release()}", "python": platform.python_version()}
    for name in PACKAGES:
        version = version_of(name)
        if version is not None:
            found[name] = version
    return found


def version_of(package: str) -> str | None:
    """The installed version of a package, None if it is not installed. Imports nothing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def host() -> str:
    """This machine's name."""
    return platform.node()


def command_line(program: str, arguments: Sequence[str]) -> str:
    """The command as it could be typed again."""
    return shlex.join([program, *map(str, arguments)])


def python_version() -> str:
    """The version of this Python."""
    return platform.python_version()
