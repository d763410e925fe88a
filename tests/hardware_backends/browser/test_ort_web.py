"""ONNX Runtime Web: where its files come from, and that they are what we know."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hardware_backends.browser import Wasm, ort_web
from pytest_ipfs_bench.backend import Options, State, Unsupported

FILL = "from hardware_backends.browser import ort_web; print(ort_web.folder(None))"


@pytest.fixture(autouse=True)
def _forgets():
    """What was found whole once is taken to be so as long as a process lives: each test is as a process of its own."""
    yield
    ort_web.folder.cache_clear()


@pytest.fixture
def npm(only, wrapper, tmp_path):
    """npm(script): the only npm here."""

    def make(script):
        (only("sh", "cp", "sleep") / "npm").symlink_to(wrapper("npm", script))

    ort_web.folder.cache_clear()
    return make


def refused(action):
    with pytest.raises(Unsupported) as caught:
        action()
    return caught.value


def test_without_npm_the_reason_names_the_command_and_the_hint_the_way(only):
    ort_web.folder.cache_clear()
    only()
    for ask in (lambda: ort_web.check(None), lambda: ort_web.folder(None)):
        why = refused(ask)
        assert why.reason == (
            f"ONNX Runtime Web is not here, and there is no npm to fetch it (npm pack onnxruntime-web@{ort_web.VERSION})"
        )
        assert "--ort-web-dir=package/dist" in why.suggested_fix


def test_detection_says_that_it_is_not_here_without_fetching_it(only, chromium):
    only()
    backend = Wasm()
    backend.wishes = Options(browser=chromium.path)
    found = backend.detect()
    assert (found.state, found.devices) == (State.NOT_INSTALLED, ())
    assert found.reason.startswith("ONNX Runtime Web is not here")


@pytest.mark.parametrize(
    ("script", "kind", "reason"),
    [
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", "not_installed", "{} failed: npm error code ENOTFOUND"),
        ("exit 7", "not_installed", "{} failed: exit status 7"),
        ("true", "not_installed", "{} failed: exit status 0"),
        ("echo other > onnxruntime-web.tgz", "broken", "{} brought another package than that which we know"),
        ("exec sleep 60", "not_installed", "{}: no end within 0.3 s"),
    ],
)
def test_an_npm_that_fails_or_brings_another_package_is_refused_and_leaves_nothing(
    npm, monkeypatch, script, kind, reason
):
    npm(script)
    monkeypatch.setattr(ort_web, "SECONDS", 0.3)
    why = refused(lambda: ort_web.folder(None))
    assert (why.error_type, why.reason) == (kind, reason.format(f"npm pack onnxruntime-web@{ort_web.VERSION}"))
    assert list(ort_web.cache_folder().parent.iterdir()) == []


def test_a_cache_that_can_not_be_written_is_a_reason(npm, monkeypatch, tmp_path):
    npm("exit 1")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "Not a directory" in refused(lambda: ort_web.folder(None)).reason


def test_a_folder_that_is_named_is_that_of_the_files_or_of_the_package(ort_files, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "dist").symlink_to(ort_files)
    for asked in (ort_files, tmp_path, tmp_path / "package"):
        assert ort_web.folder(str(asked)).resolve() == ort_files.resolve()
        assert ort_web.version(str(asked)) == ort_web.VERSION


def test_a_folder_without_the_files_is_refused_by_the_name_of_one(tmp_path):
    why = refused(lambda: ort_web.folder(str(tmp_path)))
    assert why.reason == f"--ort-web-dir={tmp_path}: ort.wasm.min.mjs is not there"
    assert ort_web.version(str(tmp_path)) is None


@pytest.fixture
def packing(npm, ort_files, tmp_path, monkeypatch):
    """An npm that packs the files that are here, as a package that we know; it counts how often."""
    package = tmp_path / "packed"
    with tarfile.open(package, "w") as archive:
        for name in ort_web.FILES:
            archive.add(ort_files / name, f"package/dist/{name}")
        archive.add(__file__, "package/dist/../../../outside")
    monkeypatch.setattr(ort_web, "INTEGRITY", ort_web_sum(package))
    npm(f"echo x >> {tmp_path / 'count'}; cp {package} onnxruntime-web.tgz")
    return lambda: len((tmp_path / "count").read_text().split())


def ort_web_sum(package):
    import base64
    import hashlib

    return base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()


def test_the_cache_is_filled_once_with_what_is_used_and_a_damaged_file_is_fetched_anew(packing):
    cache = ort_web.folder(None)
    assert {one.name for one in cache.iterdir()} == set(ort_web.FILES)
    ort_web.folder.cache_clear()
    ort_web.folder(None)
    assert packing() == 1
    (cache / ort_web.WASM).write_text("damaged")
    ort_web.folder.cache_clear()
    ort_web.folder(None)
    assert packing() == 2
    assert "ONNX Runtime Web v" in (cache / ort_web.WASM).read_text()[:500]
    assert [one.name for one in cache.parent.iterdir()] == [ort_web.VERSION]


def test_a_damaged_cache_without_npm_says_so(packing, tmp_path, monkeypatch):
    (ort_web.folder(None) / ort_web.WASM).write_text("damaged")
    ort_web.folder.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert refused(lambda: ort_web.folder(None)).reason.startswith(
        f"ONNX Runtime Web is damaged in {ort_web.cache_folder()}, and there is no npm"
    )


@pytest.mark.slow
def test_npm_fills_the_cache_of_two_processes_at_once(monkeypatch):
    if shutil.which("npm") is None:
        pytest.skip("no npm is installed")
    root = str(Path(ort_web.__file__).parents[2])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); {FILL}"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=ort_web.SECONDS) for process in both]
    if any("npm pack" in errors and "failed" in errors for _, errors in said):
        pytest.skip(f"npm reaches no registry: {said[0][1].splitlines()[-1]}")
    cache = ort_web.cache_folder()
    assert [told for told, _ in said] == [f"{cache}\n"] * 2
    noted = f"ipfs-bench: {ort_web.COMMAND} (33 MB, once)\n"  # what a cell that runs out of time was waiting for
    assert {errors for _, errors in said} <= {noted, ""}
    assert noted in (said[0][1], said[1][1])
    assert {one.name for one in cache.iterdir()} == set(ort_web.FILES)
    assert [one.name for one in cache.parent.iterdir()] == [ort_web.VERSION]
