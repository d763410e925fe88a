"""The runner's side of many processes: torchrun starts the ranks, each of which opens a socket to here and is asked by it.

A rank that dies is a ProcessEnded with its number and signal; one that hangs is noted, and is in the reason of the time
limit that then ends the cell. No end of anything leaves a process behind (`lifeline`).
"""

import argparse
import contextlib
import fcntl
import json
import os
import queue
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from hardware_backends import lifeline, torch_progress
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported, note

TORCHRUN = "IPFS_BENCH_TORCHRUN"
DOOR, PROGRESS = "door", "progress"  # in a folder of the cell's own: a socket, and how far each rank is
LOOK_SECONDS, STILL_SECONDS = 0.5, 3.0
ABANDONED_SECONDS = 60.0
SOCKET_PATH = 100  # bytes: the kernels allow 104 to 108
GRACE_SECONDS = 10.0  # for torchrun to end the other ranks and to say how each ended
CONSEQUENCES = (signal.SIGTERM, signal.SIGABRT)  # what torchrun, or a rank whose peer is gone, does about another's end


class Ranks:
    """The ranks of one cell on this host."""

    def __init__(self, world: int, threads: int) -> None:
        given = shlex.split(os.environ.get(TORCHRUN, ""))
        self.local = _local(given, world)
        self._folder = _folder()
        torch_progress.begin(self._folder / PROGRESS, self.local)
        self._progress = _hold(self._folder / PROGRESS)
        self._said: queue.SimpleQueue[tuple[int | None, Any]] = queue.SimpleQueue()
        self._sockets: list[socket.socket] = []
        self._listeners: list[threading.Thread] = []
        self._members: dict[int, Mapping[str, Any]] = {}
        self.meeting = "env://" if given else (self._folder / "meeting").as_uri()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self._folder / DOOR))
        self._door.listen(self.local)
        self._hear(self._let_in)
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "hardware_backends.torch_launch", str(self._ends), *self._words(given)],
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            env=_environment(threads, alone=not given),
        )

    def start(self, job: Mapping[str, Any]) -> list[Any]:
        """Waits for the ranks, gives them their job, and returns what each says of itself, by rank."""
        self._members = {one["rank"]: one for one in self._gather()}
        return self.ask(job)

    def ask(self, order: Mapping[str, Any]) -> list[Any]:
        """What each rank of this host answers, by rank. Raises ProcessEnded where one dies, else what one of them raised."""
        for line in self._sockets:
            with contextlib.suppress(OSError):  # it is gone, and will be found so
                line.sendall(json.dumps(order).encode() + b"\n")
        return self._gather()

    def close(self) -> None:
        """Ends torchrun and its ranks, which have sessions of their own."""
        self._launcher.kill()
        self._launcher.wait()
        for member in self._members.values():
            with contextlib.suppress(OSError):
                os.killpg(member["pid"], signal.SIGKILL)
        for one in (self._door, *self._sockets):
            with contextlib.suppress(OSError):  # whoever waits for it wakes up
                one.shutdown(socket.SHUT_RDWR)
        for listener in self._listeners:
            listener.join(GRACE_SECONDS)
        for held in (self._door, *self._sockets, self._launcher.stdin, self._progress):
            held.close() if held else None
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _ends(self) -> Path:
        return self._folder / "ends.json"

    def _words(self, given: Sequence[str]) -> list[str]:
        """Arguments of torchrun. On one host ranks meet in a file: --standalone would listen on every network interface."""
        place = f"--rdzv-endpoint={self._folder}/rendezvous"
        here = (
            "--nnodes=1",
            "--rdzv-backend=c10d",
            "--rdzv-conf=store_type=file",
            "--rdzv-id=cell",
            "--local-addr=127.0.0.1",
        )
        rank = ("-m", "hardware_backends.torch_rank", str(self._folder))
        return [f"--nproc-per-node={self.local}", *(given or (*here, place)), *rank]

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(self.local):
                line = self._door.accept()[0]
                self._sockets.append(line)
                self._hear(self._listen, line)

    def _hear(self, listen: Callable[..., None], *given: Any) -> None:
        listener = threading.Thread(target=listen, args=given, daemon=True)
        self._listeners.append(listener)
        listener.start()

    def _listen(self, socket: socket.socket) -> None:
        rank = None
        with contextlib.suppress(OSError, ValueError), socket.makefile(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                rank = told.get("rank", rank)
                self._said.put((rank, told))
        self._said.put((rank, None))

    def _gather(self) -> list[Any]:
        answers: dict[int, Any] = {}
        moved, since = b"", time.monotonic()
        while len(answers) < self.local:
            try:
                rank, told = self._said.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if self._launcher.poll() is not None:
                    raise self._why(None, None) from None
                now = os.pread(self._progress.fileno(), torch_progress.LINE.size * self.local, 0)
                if now != moved:
                    moved, since = now, time.monotonic()
                elif (still := time.monotonic() - since) > STILL_SECONDS:
                    note(self._standing(now, still))
                continue
            if rank is None or told is None or "failed" in told:
                raise self._why(rank, told)
            answers[rank] = told
        return [answers[rank] for rank in sorted(answers)]

    def _standing(self, progress: bytes, seconds: float) -> str:
        """Which rank keeps the others waiting: one that is stopped, else the one that is furthest behind."""
        ranks = {member["place"]: rank for rank, member in self._members.items()}
        stopped = [place for place in ranks if _is_stopped(self._members[ranks[place]]["pid"])]
        behind = stopped or torch_progress.behind(progress)
        if not behind or not ranks:
            return f"no rank has moved for {seconds:.0f} s"
        names = ", ".join(f"rank {ranks[place]}" for place in behind)
        return f"{names} {'is stopped' if stopped else 'has not moved'} for {seconds:.0f} s, and the others wait"

    def _why(self, rank: int | None, told: Any) -> Exception:
        """Why ranks ended or failed: the first cause of it, not what the other ranks then met with."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._launcher.wait(GRACE_SECONDS)
        failed = {rank: told["failed"]} if told and "failed" in told else {}
        with contextlib.suppress(queue.Empty):
            while True:
                other, said = self._said.get(timeout=0.1)
                if said and "failed" in said:
                    failed[other] = said["failed"]
        try:
            ends = {int(one): code for one, code in json.loads(self._ends.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError):
            ends = {}
        return first_cause(failed, ends, self._launcher.poll() or 0)


def first_cause(failed: Mapping[int | None, Mapping[str, Any]], ends: Mapping[int, int], code: int) -> Exception:
    """Of what ranks said and how they ended (exit statuses by rank), what came first. code: torchrun's own exit status."""
    killed = [rank for rank, end in sorted(ends.items()) if end < 0 and -end not in CONSEQUENCES]
    if killed:
        return ProcessEnded(f"rank {killed[0]}", ends[killed[0]])
    if failed:
        rank, told = min(failed.items(), key=lambda one: one[1]["at"])
        if "unsupported" in told:
            return Unsupported(*told["unsupported"])
        return RuntimeError(f"rank {rank}: {told['text']}")
    if ends:
        rank = min(ends)
        return ProcessEnded(f"rank {rank}", ends[rank])
    return ProcessEnded("torchrun", code)


def _folder() -> Path:
    """A folder of the cell's own, where a socket may lie: its path has to be short. Those of killed runners go."""
    name = "ipfs-bench-ranks-"
    short = len(tempfile.gettempdir()) + len(f"/{name}xxxxxxxx/{DOOR}") < SOCKET_PATH
    made = Path(tempfile.mkdtemp(prefix=name, dir=None if short else "/tmp"))  # noqa: S108  mkdtemp's is ours alone
    for other in made.parent.glob(f"{name}*"):
        with contextlib.suppress(OSError):  # not ours, or in use, or just made
            if _owner(other) == os.getuid() and time.time() - other.stat().st_mtime > ABANDONED_SECONDS:
                _hold(other / PROGRESS).close()
                shutil.rmtree(other)
    return made


def _owner(folder: Path) -> int:
    return folder.lstat().st_uid if not folder.is_symlink() else -1


def _hold(file: Path) -> IO[bytes]:
    """The file, locked for as long as it is open. Raises OSError where another process holds it."""
    opened = file.open("rb")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        opened.close()
        raise
    return opened


def _local(given: Sequence[str], world: int) -> int:
    """How many of the ranks run on this host, by torchrun's arguments. Raises Unsupported where that makes no sense."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--nnodes", default="1")
    parser.add_argument("--nproc-per-node", "--nproc_per_node")
    known, _ = parser.parse_known_args(list(given))
    try:
        hosts = int(known.nnodes)
        local = int(known.nproc_per_node or world // hosts)
    except (ValueError, ZeroDivisionError):
        hosts, local = 0, 0
    if local < 1 or local * hosts != world:
        said = f"{world} processes can't be shared out by {TORCHRUN}={shlex.join(given)!r}"
        raise Unsupported("processes", said, "Name whole numbers: --nnodes=HOSTS, and --nproc-per-node if you need it.")
    return local


def _environment(threads: int, *, alone: bool) -> dict[str, str]:
    """What the ranks inherit: our modules, their threads; on one host everything stays on the loopback interface."""
    paths = os.pathsep.join(filter(None, sys.path))
    ours = {
        "PYTHONPATH": paths,
        "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": str(threads),
        lifeline.PARENT: str(os.getpid()),
    }
    if not alone:
        return {**os.environ, **ours}
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "lo")
    here = dict.fromkeys(("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"), loopback)
    return {**os.environ, **ours, **here, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def _is_stopped(pid: int) -> bool:
    import psutil

    try:
        return str(psutil.Process(pid).status()) == psutil.STATUS_STOPPED
    except psutil.Error:
        return False
