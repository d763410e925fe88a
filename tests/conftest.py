import os
import subprocess

import pytest

# At once: pytester forgets what a session inside this one imports, but the package does not, and two copies of a module
# would have a class each.
from pytest_ipfs_bench import bench, carrying, choosing, following, recorder, reports, selection, summary, tasks  # noqa: F401
from pytest_ipfs_bench.suites import session as _session  # noqa: F401


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the person's own database, caches or spools."""
    home = tmp_path_factory.mktemp("home")
    for name in ("BENCHMARK_DB_PATH", "DEPRECATE_JSON_OUTPUT", "GITHUB_STEP_SUMMARY", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KB: too small for a session's database."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("a small file system can't be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)
