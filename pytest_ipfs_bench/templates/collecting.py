"""Whether pytest collects generated tests: in a child process, in a folder of their own. Collecting imports them."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from pytest_ipfs_bench.templates.validation import Finding

SECONDS, PAUSE = 120.0, 0.1
MEGABYTES, MOST_SAID = 3000, 10_000_000
QUIET = ("-q", "--collect-only", "--color=no", "-p", "no:cacheprovider", "-p", "no:randomly", "--import-mode=importlib")
# What a session inside ours must not inherit.
LEFT_OUT = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "BENCHMARK_DB_PATH", "GITHUB_STEP_SUMMARY", "PYTEST_CURRENT_TEST")


def collect(folder: Path, where: Mapping[str, str]) -> tuple[int, list[Finding]]:
    """How many tests pytest finds in a folder, and what it can't import. where: by file, what it was made for."""
    several = [str(one.relative_to(folder)) for one in folder.iterdir() if len(list(one.glob("*.py"))) > 1]
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts =\npythonpath = {' '.join(several)}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *QUIET, "-c", "pytest.ini", "--rootdir", ".", "."]
    environment = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = _watched(command, folder, environment)
    if isinstance(done, str):
        return 0, [Finding("collect", done)]
    found = re.findall(r"^(\S+?\.py)::", done.stdout, re.MULTILINE)
    errors = re.findall(r"^ERROR (\S+?\.py)(?: - (.*))?$", done.stdout, re.MULTILINE)
    findings = [
        Finding(
            "collect",
            f"pytest can't collect it: {why or _reason(done.stdout, file)}",
            where=where.get(file),
        )
        for file, why in errors
    ]
    empty = [file for file in where if Path(file).name.startswith("test_") and file not in {*found, *dict(errors)}]
    if not errors and done.returncode not in (0, 5):
        findings.append(Finding("collect", f"pytest ends with exit status {done.returncode}: {_last(done)}"))
    else:
        findings += [Finding("collect", "pytest finds no test in it", where=where[one]) for one in empty]
    return len(found), findings


def _watched(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str] | str:
    """The ended process, or why it was ended: what is imported may be anything, and take any time and memory."""
    import psutil

    until = time.monotonic() + SECONDS
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        while process.poll() is None:
            try:
                process.wait(PAUSE)
            except subprocess.TimeoutExpired:
                size = 0
                with contextlib.suppress(psutil.Error):
                    size = psutil.Process(process.pid).memory_info().rss
                why = f"pytest does not end within {SECONDS:g} s" if time.monotonic() > until else ""
                why = f"pytest takes more than {MEGABYTES:,} MB" if size > MEGABYTES * 1e6 else why
                if why:
                    process.kill()
                    return f"{why}: something runs when it is imported"
        said.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, said.read(MOST_SAID))


def _reason(out: str, file: str) -> str:
    """What pytest says of a file: its last error line, or the sentence alone of an error without a traceback."""
    found = re.search(
        rf"^_+ ERROR collecting {re.escape(file)} _+\n(.*?)(?=^_{{5}}|^={{5}})", out, re.MULTILINE | re.DOTALL
    )
    lines = [line for line in (found[1] if found else "").splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return errors[0] if errors else lines[0].strip() if lines else "it does not say why"


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
