"""Many processes: what they measure together, and that a rank that dies or hangs is a result and leaves nothing behind."""

import json
import math
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from hardware_backends import cpu, torch_progress, torch_ranks
from hardware_backends.torch_ranks import first_cause
from pytest_ipfs_bench.backend import ProcessEnded, Unsupported
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.models import address, load
from pytest_ipfs_bench.orders import Order
from pytest_ipfs_bench.supervisor import Supervisor

TRAINEES = Path(__file__).parent / "trainees.py"
spec, cell, make = (load(f"{TRAINEES}:{name}") for name in ("spec", "cell", "make"))
TWO = {"strategy": "ddp", "world_size": 2}
SHORT = Plan(min_rounds=30, max_time=0, warmup=0)
MARK = "TEST_OF_RANKS"


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def mark(monkeypatch):
    """What every process that this test causes has in its environment."""
    monkeypatch.setenv(MARK, f"{os.getpid()}-{time.time_ns()}")
    return os.environ[MARK].encode()


@pytest.fixture
def runners(torch, mark):
    made = Supervisor()
    yield made
    made.close()


def order(asked, model=None, plan=SHORT):
    return Order(asked, model or spec(), address(cpu.Cpu), plan)


def alive(mark):
    """The processes with that mark, ourselves left out. Ones that only wait to be buried don't count."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def soon_gone(mark):
    deadline = time.monotonic() + 10
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    return alive(mark) == []


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_processes_train_together_and_are_compared_with_one(runners, mark, strategy):
    asked = cell(strategy=strategy, world_size=2, gradient_accumulation=2)
    model = spec(unused=1) if strategy == "ddp" else spec()  # weights without a gradient are no obstacle
    found = runners.run(order(asked, model), 90)
    assert (found.status, found.items, found.effective.device) == ("compatible", 8, "cpu"), found
    told = found.training
    assert (told["strategy"], told["world_size"], told["backend"], told["gradients_equal"]) == (
        strategy,
        2,
        "gloo",
        True,
    )
    assert told["scaling_efficiency"] == pytest.approx(told["throughput"] / 2 / told["throughput_one_process"])
    assert told["throughput"] == pytest.approx(8 / (sum(found.latencies_ns) / len(found.latencies_ns)) * 1e9)
    assert told["loss_last"] < told["loss_first"]
    assert len(found.phases["backward"]) == len(found.latencies_ns) >= 5
    assert 10 < found.memory_peak_mb < 5000
    runners.close()
    assert soon_gone(mark)


@pytest.mark.slow
def test_a_rank_that_is_killed_is_a_crash_with_its_number_and_signal(runners, mark):
    found = runners.run(order(cell(**TWO), spec(way="dies", rank=1, call=12)), 90)
    assert (found.status, found.error_type) == ("crashed", "SIGKILL"), found
    assert found.error_message.startswith("rank 1 died of SIGKILL (killed) after")
    assert [one for one in alive(mark) if "runner" not in one] == []
    assert runners.run(order(cell(gradient_accumulation=1)), 60).status == "compatible"


@pytest.mark.slow
def test_a_rank_that_hangs_runs_into_the_time_limit(runners, mark):
    found = runners.run(order(cell(**TWO), spec(way="hangs", rank=1, call=1)), 15)
    assert (found.status, found.error_type) == ("timeout", "timeout"), found
    assert found.error_message.startswith("no end within 15 s (--bench-timeout)")
    assert soon_gone(mark)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "rank", "said"), [("hangs", 0, "rank 0 has not moved for"), ("stops", 1, "rank 1 is stopped for")]
)
def test_who_hangs_is_noted_which_is_in_the_reason_of_the_time_limit(torch, mark, monkeypatch, way, rank, said):
    """Rank 0 hangs while it is measured alone, rank 1 in a step of both."""
    notes = queue.SimpleQueue()
    monkeypatch.setattr(torch_ranks, "note", notes.put)
    loaded = cpu.Cpu().load(make(spec(way=way, rank=rank, call=12)), cell(**TWO))
    with ThreadPoolExecutor() as other:
        measured = other.submit(loaded.measure, SHORT)
        noted = notes.get(timeout=60)
        while not noted.startswith("rank"):  # a busy machine: what stood still has moved again
            noted = notes.get(timeout=60)
        loaded.close()
        assert isinstance(measured.exception(timeout=60), ProcessEnded)
    assert noted.startswith(said)
    assert noted.endswith("and the others wait")
    assert soon_gone(mark)


@pytest.mark.slow
def test_what_a_rank_raises_is_said_with_its_number(runners, mark):
    found = runners.run(order(cell(**TWO), spec(way="raises", rank=1, call=12)), 90)
    assert (found.status, found.foreseen) == ("incompatible", False)
    assert found.error_message == "rank 1: ZeroDivisionError: division by zero"


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["runner", "torch_launch"])
def test_nothing_is_left_when_a_process_above_the_ranks_is_killed(torch, mark, whom):
    """Not even by a rank that hangs: it can't look after itself any more."""
    runner = subprocess.Popen(
        [sys.executable, "-m", "pytest_ipfs_bench.runner"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    runner.stdin.write(
        json.dumps(sys.path) + "\n" + order(cell(**TWO), spec(way="stops", rank=1, call=1)).line() + "\n"
    )
    runner.stdin.flush()
    deadline = time.monotonic() + 40
    while sum("torch_rank" in one and "torch_launch" not in one for one in alive(mark)) < 2:
        assert time.monotonic() < deadline, alive(mark)
        time.sleep(0.1)
    time.sleep(3)
    victim = next(int(one.name) for one in Path("/proc").glob("[0-9]*") if is_one(one, mark, f"{whom}\0".encode()))
    os.kill(victim, signal.SIGKILL)
    try:
        if whom == "runner":
            assert soon_gone(mark), alive(mark)
        else:
            time.sleep(2)
            assert not [one for one in alive(mark) if "torch_rank" in one]
    finally:
        runner.kill()
        runner.communicate()


def is_one(folder, mark, word):
    try:
        return mark in (folder / "environ").read_bytes() and word in (folder / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.slow
def test_nothing_listens_beyond_the_loopback_interface(torch, mark, monkeypatch):
    psutil = pytest.importorskip("psutil")
    monkeypatch.delenv(torch_ranks.TORCHRUN, raising=False)
    loaded = cpu.Cpu().load(make(spec()), cell(**TWO))
    try:
        family = psutil.Process().children(recursive=True)
        heard = {one.laddr.ip for process in family for one in process.net_connections() if one.status == "LISTEN"}
        assert len(family) >= 3
        assert heard <= {"127.0.0.1", "::1"}
    finally:
        loaded.close()
    assert soon_gone(mark)


@pytest.mark.slow
def test_two_hosts_are_two_sessions_with_the_same_arguments_for_torchrun(torch, mark, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"--rdzv-endpoint=127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(
        torch_ranks.TORCHRUN, f"--nnodes=2 --rdzv-backend=c10d --rdzv-id=test --local-addr=127.0.0.1 {place}"
    )
    hosts = [Supervisor(), Supervisor()]
    try:
        with ThreadPoolExecutor() as both:
            found = list(both.map(lambda host: host.run(order(cell(**TWO)), 90), hosts))
    finally:
        for host in hosts:
            host.close()
    assert [one.status for one in found] == ["compatible"] * 2, found
    assert [one.training["processes_here"] for one in found] == [1, 1]
    assert found[0].latencies_ns == found[1].latencies_ns
    assert soon_gone(mark)


@pytest.mark.parametrize(
    ("options", "reason", "fix"),
    [
        ({"strategy": "deepspeed"}, "DeepSpeed is not done here", "Take ddp or fsdp."),
        ({"strategy": "zero"}, "no strategy is called 'zero'", "Legal: ddp, fsdp."),
        ({"strategy": "fsdp", "mixed_precision": "fp16"}, "fsdp with a scaled loss", "Take mixed precision in bf16."),
        ({"strategy": "ddp", "optimizer": "lbfgs"}, "torch.optim has no 'lbfgs'", "Legal: adadelta"),
    ],
)
def test_what_many_processes_cant_do_is_refused_before_any_is_started(torch, options, reason, fix, monkeypatch):
    monkeypatch.setattr(torch_ranks.Ranks, "__init__", None)
    with pytest.raises(Unsupported) as caught:
        cpu.Cpu().load(make(spec()), cell(**{**TWO, **options}))
    assert caught.value.reason.startswith(reason)
    assert caught.value.suggested_fix.startswith(fix)


@pytest.mark.parametrize(
    ("given", "world", "here"),
    [("", 4, 4), ("--nnodes=2 --rdzv-endpoint=host:29400", 4, 2), ("--nnodes 2 --nproc_per_node 1", 2, 1)],
)
def test_processes_are_shared_out_over_hosts_by_torchruns_own_arguments(given, world, here):
    assert torch_ranks._local(given.split(), world) == here


@pytest.mark.parametrize("given", ["--nnodes=3", "--nnodes=1:4", "--nproc-per-node=auto", "--nnodes=0", "--nnodes=8"])
def test_arguments_that_dont_make_that_many_processes_are_refused(given):
    with pytest.raises(Unsupported, match="4 processes can't be shared out by IPFS_BENCH_TORCHRUN='--n") as caught:
        torch_ranks._local(given.split(), 4)
    assert "--nnodes=HOSTS" in caught.value.suggested_fix


def test_the_ranks_folder_has_a_path_that_is_short_enough_for_a_socket(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    for place in ("/tmp", str(deep)):
        monkeypatch.setattr("tempfile.tempdir", place)
        found = torch_ranks._folder()
        assert len(str(found / torch_ranks.DOOR)) < 104
        found.rmdir()


def test_the_folder_of_a_runner_that_was_killed_goes_and_one_in_use_stays(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    abandoned, used, young = (torch_ranks._folder() for _ in range(3))
    for folder in (abandoned, used, young):
        torch_progress.begin(folder / torch_ranks.PROGRESS, 1)
    for folder in (abandoned, used):
        os.utime(folder, (0, 0))
    with torch_ranks._hold(used / torch_ranks.PROGRESS):
        torch_ranks._folder().rmdir()
        assert [folder.exists() for folder in (abandoned, used, young)] == [False, True, True]
    for folder in (used, young):
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["cuda", "rocm"])
def test_a_gpu_gets_what_its_cell_is_about(torch, monkeypatch, name):
    """In place of the device: what would be made on it."""
    from hardware_backends import amd_smi, cuda, nvml, rocm, torch_gpu, torch_modes, torch_processes

    monkeypatch.setattr(torch_gpu, "require", lambda build, index, install: None)
    monkeypatch.setattr(nvml.Nvml, "open", lambda uuid: None)
    monkeypatch.setattr(amd_smi.AmdSmi, "open", lambda address: None)
    for mode, kind in {"inference": "TorchGpu", "decode": "GpuGeneration", "training": "GpuTraining"}.items():
        monkeypatch.setattr(torch_modes, kind, lambda *given, mode=mode: mode)
    monkeypatch.setattr(torch_processes, "Processes", lambda *given: "processes")
    backend = {"cuda": cuda.Cuda, "rocm": rocm.Rocm}[name]()
    asked = replace(cell(), hardware=name)
    modes, many = ("inference", "decode", "training"), replace(asked, options=TWO)
    assert [backend.load(make(spec()), replace(asked, mode=mode)) for mode in modes] == list(modes)
    assert backend.load(make(spec()), many) == "processes"
    assert "training" in backend.modes("torch")


def test_metal_trains_in_one_process_only(torch, monkeypatch):
    from hardware_backends import mps

    monkeypatch.setattr(mps, "_require", lambda: None)
    monkeypatch.setattr(mps, "MpsTraining", lambda *given: "training")
    assert mps.Mps().load(make(spec()), replace(cell(), hardware="mps")) == "training"
    with pytest.raises(Unsupported, match="torch has no communication between processes for Metal"):
        mps.Mps().load(make(spec()), replace(cell(**TWO), hardware="mps"))


def test_a_gpu_each_or_none(torch, monkeypatch):
    from hardware_backends import torch_processes

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    on_cuda = replace(cell(**TWO), hardware="cuda", device_index=1)
    torch_processes._check_devices("cuda", on_cuda, 1)
    with pytest.raises(Unsupported, match="2 processes need a device each; from cuda:1 on, torch sees 1") as caught:
        torch_processes._check_devices("cuda", on_cuda, 2)
    assert caught.value.error_type == "no_device"


def test_the_first_cause_is_told_not_what_followed_from_it():
    later, sooner = {"at": 2, "text": "RuntimeError: connection closed"}, {"at": 1, "text": "ValueError: mine"}
    killed = first_cause({0: later}, {0: 1, 1: -signal.SIGKILL}, 1)
    assert (type(killed), killed.who, killed.code) == (ProcessEnded, "rank 1", -9)
    assert str(first_cause({0: later, 1: sooner}, {0: -signal.SIGTERM, 1: 1}, 1)) == "rank 1: ValueError: mine"
    refused = first_cause({0: {"at": 0, "unsupported": ["model", "no weights", None]}}, {}, 1)
    assert (type(refused), refused.reason) == (Unsupported, "no weights")
    assert str(first_cause({}, {1: 3}, 1)) == "rank 1 ended with exit status 3"
    assert str(first_cause({}, {}, 2)) == "torchrun ended with exit status 2"


@pytest.mark.parametrize(
    ("lines", "waited_for"),
    [
        ([(3, 1, False), (3, 0, False)], [1]),  # one is in its backward pass, which needs the other
        ([(0, 90, False), (0, 0, True)], [0]),  # one is measured alone
        ([(4, 0, True), (3, 2, False), (4, 0, True)], [1]),
        ([(3, 0, False), (3, 0, False)], []),
        ([(3, 0, True), (3, 0, True)], []),
    ],
)
def test_who_keeps_the_others_waiting(tmp_path, lines, waited_for):
    content = b"".join(torch_progress.LINE.pack(*line) for line in lines)
    assert torch_progress.behind(content) == waited_for


def test_a_rank_writes_down_how_far_it_is(tmp_path):
    file = tmp_path / "progress"
    torch_progress.begin(file, 2)
    rank = torch_progress.Progress(file, 1)
    seen = []
    for step in (rank.move, rank.arrive, rank.leave, rank.move):
        step()
        seen.append(list(torch_progress.LINE.iter_unpack(file.read_bytes()))[1])
    assert seen == [(0, 1, False), (0, 1, True), (1, 0, False), (1, 1, False)]


def test_gradients_that_differ_are_seen(torch):
    from hardware_backends.torch_together import _apart

    ones = torch.ones(2)
    assert _apart([ones, None], [ones, ones]) == 0
    assert _apart([ones * 4], [ones * 5]) == 0.25
    assert _apart([ones], [ones * math.nan]) == _apart([], []) == math.inf
