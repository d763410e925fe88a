"""Whether pytest collects generated tests: in a child process, in a folder of their own. Collecting imports them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_ipfs_bench.templates.validation import Finding

SECONDS = 120.0
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
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return 0, [Finding("collect", f"pytest does not end within {SECONDS:g} s: something runs when it is imported")]
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


def _reason(out: str, file: str) -> str:
    """What pytest says of a file: its last error line, or the sentence alone of an error without a traceback."""
    found = re.search(
        rf"^_+ ERROR collecting {re.escape(file)} _+\n(.*?)(?=^_{{5}}|^={{5}})", out, re.MULTILINE | re.DOTALL
    )
    lines = [line for line in (found[1] if found else "").splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return errors[0] if errors else lines[0].strip() if lines else "it does not say why"


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
