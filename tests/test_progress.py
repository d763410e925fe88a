"""What takes a cell long: how far it is, between processes and on a terminal."""

import io
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from importlib.util import find_spec

import pytest

from pytest_ipfs_bench import exports, progress, supervisor
from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.exports import Stage
from pytest_ipfs_bench.models import ModelSpec, address
from pytest_ipfs_bench.orders import Order
from pytest_ipfs_bench.progress import Bar, Progress
from pytest_ipfs_bench.supervisor import Supervisor

# Not imported for that: pytester would forget torch, and nobody can import it twice.
EXPORTS = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "onnxscript", "onnxruntime"))), reason="needs torch and ONNX Runtime"
)
GRAPH = Stage.EXPORT.of("bert")
CONFTEST = """
import pluggy
from pytest_ipfs_bench.models import Input, ModelSpec

hookimpl = pluggy.HookimplMarker("ipfs_bench")


def make(spec):
    import time
    import torch

    class Twice(torch.nn.Module):
        def forward(self, x):
            return {"y": x + x}

    time.sleep(2.5)
    return Twice().eval()


class Mine:
    @hookimpl
    def register_models(self):
        x = Input("x", "float32", ("batch", "sequence_length"))
        return [ModelSpec("mine", "mine", "text", "base", "random", {"sequence_length": 4}, (x,), torch=__file__ + ":make")]


def pytest_ipfs_bench_register(manager):
    manager.register(Mine())
"""


def test_a_line_says_what_it_is_how_far_and_for_how_long():
    assert GRAPH.words(12.4, 79) == "ipfs-bench: exporting bert to ONNX [####--------] 2/6 exporting the graph, 12 s"
    assert Progress("building bert in torch").words(3, 79) == "ipfs-bench: building bert in torch, 3 s"


def test_of_a_line_that_is_too_long_the_name_is_cut():
    assert GRAPH.words(12, 70) == "ipfs-bench: exporting b.. [####--------] 2/6 exporting the graph, 12 s"
    assert all(len(GRAPH.words(12, width)) <= width for width in range(100))


def test_the_last_line_stays_and_is_not_cut():
    kept = Progress("exporting bert to ONNX", "kept in /cache", 6, 6)
    assert kept.over
    assert kept.words(34, 20) == "ipfs-bench: exporting bert to ONNX [############] 6/6 kept in /cache, 34 s"


def test_an_export_begins_with_an_empty_bar_and_its_stages_are_in_order():
    told = [stage.of("bert") for stage in Stage]
    assert [one.done for one in told] == list(range(len(Stage)))
    assert "[------------] 0/6 importing torch" in told[0].words(0, 100)
    assert not any(one.over for one in told)


def test_it_travels_as_a_line():
    assert Progress.read(GRAPH.line() + "\n") == GRAPH
    assert Progress.read('{"made": "dynamo"}\n') is None


def test_a_line_whose_writer_died_over_it_is_no_progress():
    line = GRAPH.line()
    assert [Progress.read(line[:end]) for end in (3, 20, len(line))] == [None, None, None]


@pytest.fixture
def drawn(session, monkeypatch):
    """drawn(shown): what a bar writes to a terminal of 80 columns."""
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0)
    monkeypatch.setenv("COLUMNS", "80")
    config = session.parseconfigure()

    def draw(*shown):
        config.get_terminal_writer()._file = screen = io.StringIO()
        bar = Bar(config)
        for one in shown:
            bar.show(one)
        return screen.getvalue()

    return draw


def test_one_line_is_drawn_again_and_again_over_its_whole_width(drawn):
    first, second = (f"ipfs-bench: exporting bert to ONNX [{one}, 0 s" for one in
                     ("------------] 0/6 importing torch", "####--------] 2/6 exporting the graph"))  # fmt: skip
    assert drawn(Stage.IMPORT.of("bert"), GRAPH) == f"\r{first:79}\r{second:79}"


def test_the_line_ends_when_it_is_over_or_nobody_works_any_more(drawn):
    building = Progress("building bert in torch")
    line = f"\r{'ipfs-bench: building bert in torch, 0 s':79}"
    assert drawn(building, replace(building, done=1), None) == f"{line}{line}\n"
    assert drawn(building, None, None) == f"{line}\n"


def test_what_is_over_soon_is_not_shown(drawn, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 60)
    assert drawn(GRAPH, replace(GRAPH, done=6), None) == ""


class Slow(Backend):
    """It runs what is built in torch; its model takes a while, and then there is none."""

    name = "slow"
    runtimes = ("torch",)

    def detect(self):
        raise NotImplementedError

    def probe(self, device_index):
        pass

    def load(self, model, cell):
        raise RuntimeError("nothing to load")


def build_slowly(spec):
    import time

    time.sleep(0.5)


def build_for_ever(spec):
    import time

    time.sleep(600)


def die_building(spec):
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def order(function):
    spec = ModelSpec("mine", "mine", "text", "base", "random", torch=address(function))
    cell = Cell("mine", "base", "random", "slow", 0, "torch", "fp32", "inference", 1, {})
    return Order(cell, spec, address(Slow), None)


@pytest.fixture
def told(monkeypatch):
    """told(order, timeout): what a session is told while a cell is carried out, ten times a second; and the reply."""
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0.1)

    def ask(order, timeout=60):
        heard = []
        runners = Supervisor(heard.append)
        reply = runners.run(order, timeout)
        runners.close()
        return heard, reply

    return ask


BUILDING = Progress("building mine in torch")


def test_a_session_is_told_again_and_again_until_it_is_over(told):
    heard, reply = told(order(build_slowly))
    lasting = [one for one in heard if one and not one.over]
    assert set(lasting) == {BUILDING}
    assert len(lasting) > 1
    assert heard[-1] == replace(BUILDING, done=1)
    assert "nothing to load" in reply.error_message


def test_a_runner_that_dies_over_it_ends_the_line_and_is_reported_as_ever(told):
    heard, reply = told(order(die_building))
    assert (heard[0], heard[-1]) == (BUILDING, None)
    assert "the runner died of SIGKILL" in reply.error_message


@pytest.mark.slow
def test_the_time_limit_of_a_cell_holds_while_progress_is_told(told):
    heard, reply = told(order(build_for_ever), timeout=3)
    assert (reply.status, heard[-1]) == ("timeout", None)
    assert reply.error_message == "no end within 3 s (--bench-timeout)"
    assert heard.count(BUILDING) > 1


def exported(function, tell):
    """The ONNX file of a model that is built by one of this module's functions."""
    spec = ModelSpec("mine", "mine", "text", "base", "random", torch=address(function))
    return exports.onnx("mine", spec.content(), asdict(spec), tell)


@EXPORTS
@pytest.mark.slow
def test_an_exporter_that_dies_between_its_stages_is_reported_with_its_status():
    heard = []
    with pytest.raises(exports.BenchError, match=r"mine can't be exported to .*: the exporter ended with status -9\."):
        exported(die_building, heard.append)
    assert heard == [Stage.IMPORT.of("mine"), Stage.BUILD.of("mine")]
    assert not list(exports.cache_folder().iterdir())


def shown(command, folder):
    """What a command writes to a terminal."""
    import pty

    master, slave = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100"}
    child = subprocess.Popen(command, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    found = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # its last writer is gone
            break
        if not part:
            break
        found += part
    os.close(master)
    return child.wait(), found.decode().replace("\r\n", "\n")


@EXPORTS
@pytest.mark.slow
def test_a_terminal_shows_an_exports_stages_and_goes_on_with_a_line_of_its_own(session):
    session.makeconftest(CONFTEST)
    words = [
        "--bench-models=mine",
        "--bench-runtime=onnxruntime",
        "--bench-verify",
        "--color=no",
        "--pyargs",
        "model_suites",
    ]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    status, found = shown([*command, "--bench-db=a.duckdb"], session.path)
    (line,) = (one for one in found.split("\n") if "exporting mine" in one)
    frames = [frame.rstrip() for frame in line.split("\r") if frame]
    what = "ipfs-bench: exporting mine to ONNX"
    seen = [re.fullmatch(re.escape(what) + r" \[[#-]{12}\] (\d/6) (.*), \d+ s", frame).groups() for frame in frames]
    assert [place for place, _ in seen] == sorted(place for place, _ in seen)
    assert {("1/6", "building the model"), ("2/6", "exporting the graph"), ("5/6", "making checksums")} <= set(seen)
    assert len(seen) > len(set(seen))  # its seconds tick
    assert seen[-1] == ("6/6", f"kept in {exports.cache_folder()}")
    after = found.split(f"{line}\n")[1].split("\n")[0]
    assert re.fullmatch(r"\. +\[100%\]", after)
    assert status == 0

    status, found = shown([*command, "--bench-db=b.duckdb"], session.path)
    assert (status, "exporting" in found) == (0, False)  # it is kept


@EXPORTS
@pytest.mark.slow
def test_without_a_terminal_nothing_of_it_is_printed(session):
    session.makeconftest(CONFTEST)
    words = ["--bench-models=mine", "--bench-runtime=onnxruntime", "--bench-verify", "--pyargs", "model_suites"]
    done = session.run(sys.executable, "-m", "pytest", *words, "--bench-db=a.duckdb")
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*exporting*")
    done.stderr.no_fnmatch_line("*exporting*")
    assert len(list(exports.cache_folder().iterdir())) == 1
