"""ONNX Runtime Web: the files of the npm package onnxruntime-web (MIT), of one version, known by their checksums.

They are not shipped with us: the first cell that needs them has `npm pack` fetch the package into the user's cache.
"""

import base64
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from pytest_ipfs_bench.backend import State, Unsupported, note

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
# The package as its registry names it (`npm view onnxruntime-web@1.30.0 dist.integrity`), and of it the files that are used.
INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
WASM, WEBGPU = "ort.wasm.min.mjs", "ort.webgpu.min.mjs"
FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
    "ort-wasm-simd-threaded.asyncify.mjs": "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28",
    "ort-wasm-simd-threaded.asyncify.wasm": "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da",
}
SECONDS = 300.0
COMMAND = f"npm pack {PACKAGE}@{VERSION}"
HINT = f"Fetch it where npm is (`{COMMAND}`), unpack it, and name the folder of its files: --ort-web-dir=package/dist"


def version(asked: str | None) -> str | None:
    """The version that is used: ours, or that which the files of --ort-web-dir name; None if they name none."""
    if asked is None:
        return VERSION
    try:
        head = (folder_of(asked) / WASM).read_text(encoding="utf-8", errors="replace")[:500]
    except (OSError, Unsupported):
        return None
    found = re.search(r"ONNX Runtime Web v(\S+)", head)
    return found[1] if found else None


def check(asked: str | None) -> None:
    """Raises Unsupported if the files neither are here nor can be fetched."""
    if asked is not None:
        folder_of(asked)
    elif not _whole(cache_folder()):
        _check_npm("not here")


@functools.cache  # what was found whole once is taken to be so as long as the process lives
def folder(asked: str | None) -> Path:
    """The folder with the files: --ort-web-dir, or the cache, filled at first use. Raises Unsupported with the reason."""
    if asked is not None:
        return folder_of(asked)
    cache = cache_folder()
    if not _intact(cache):
        _check_npm(f"damaged in {cache}" if _whole(cache) else "not here")
        try:
            _fetch(cache)
        except OSError as error:
            raise Unsupported(State.NOT_INSTALLED.value, f"{COMMAND} for {cache}: {error}", HINT) from error
    return cache


def _check_npm(state: str) -> None:
    """Raises Unsupported if there is nothing to fetch the files with."""
    if shutil.which("npm") is None:
        reason = f"ONNX Runtime Web is {state}, and there is no npm to fetch it ({COMMAND})"
        raise Unsupported(State.NOT_INSTALLED.value, reason, HINT)


def folder_of(asked: str) -> Path:
    """The folder that a user named: that of the files, or of the package. Raises Unsupported if they are not there."""
    for place in (Path(asked), Path(asked) / "dist", Path(asked) / "package" / "dist"):
        if _whole(place):
            return place
    missing = next((name for name in FILES if not (Path(asked) / name).is_file()), "")
    reason = f"--ort-web-dir={asked}: {missing} is not there"
    raise Unsupported(State.NOT_INSTALLED.value, reason, HINT)


def cache_folder() -> Path:
    """Where the files are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipfs-bench" / PACKAGE / VERSION


def _whole(place: Path) -> bool:
    return all((place / name).is_file() for name in FILES)


def _intact(place: Path) -> bool:
    try:
        return all(_sum(place / name) == told for name, told in FILES.items())
    except OSError:
        return False


def _fetch(cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent, prefix=".fetching-") as room:
        package = _packed(Path(room))
        made = Path(room) / "files"
        made.mkdir()
        _unpack(package, made)
        if not _intact(made):
            raise Unsupported(State.BROKEN.value, f"{PACKAGE} {VERSION} does not hold the files that it should", HINT)
        cache.mkdir(exist_ok=True)
        for name in FILES:  # each at once: another session may be filling or reading the same folder
            (made / name).replace(cache / name)


def _packed(room: Path) -> Path:
    """The package as the registry has it, checked."""
    note(f"{COMMAND} (33 MB, once)")
    try:
        done = subprocess.run(
            ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"],
            cwd=room, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unsupported(State.NOT_INSTALLED.value, f"{COMMAND}: no end within {SECONDS:g} s", HINT) from error
    found = next(room.glob("*.tgz"), None)
    if done.returncode or found is None:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = f"{COMMAND} failed: {said[-1] if said else f'exit status {done.returncode}'}"
        raise Unsupported(State.NOT_INSTALLED.value, reason, HINT)
    if base64.b64encode(hashlib.sha512(found.read_bytes()).digest()).decode() != INTEGRITY:
        raise Unsupported(State.BROKEN.value, f"{COMMAND} brought another package than that which we know", HINT)
    return found


def _unpack(package: Path, place: Path) -> None:
    """The files that are used, and no other: no name of the archive becomes a path."""
    with tarfile.open(package) as archive:
        for name in FILES:
            try:
                member = archive.extractfile(f"package/dist/{name}")
            except KeyError:
                continue
            if member is not None:
                (place / name).write_bytes(member.read())


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
