"""One small database for every kind of report: real records, ids and dates that are always the same."""

import uuid

import pytest

from hardware_backends.browser import binaries
from hardware_backends.browser.devtools import Browser
from pytest_ipfs_bench import records
from pytest_ipfs_bench.backend import Unsupported
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, Source
from pytest_ipfs_bench.satellites import Power, Training, Web
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over


class Builder:
    """Records in the order in which they are added; the same calls make the same ids."""

    def __init__(self):
        self.records, self._count = [], 0

    def id(self):
        self._count += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"report {self._count}"))

    def add(self, *made):
        self.records += made
        return made[0]

    def run(self, day, **more):
        at = f"2026-01-{day:02} 10:00:00"
        told = {"started_at": at, "completed_at": at, "success": True, "execution_time_seconds": 1.5, **more}
        return self.add(Run(run_id=self.id(), **told))

    def hardware(self, kind, **more):
        return self.add(records.hardware(kind, **more))

    def model(self, name, **more):
        return self.add(records.model(name, **more))

    def measured(self, run, model, hardware, day, p50, *, samples=None, **more):
        told = {
            "test_case": "cell",
            "mode": "inference",
            "runtime": "onnxruntime",
            "precision": "fp32",
            "batch_size": 1,
            "weights": "random",
            "rounds": 12,
            "average_latency_ms": p50 * 1.01,
            "throughput_items_per_second": 1000 * (more.get("batch_size") or 1) / (p50 * 1.01),
            "memory_peak_mb": 100.0,
            "samples_ms": samples or [p50 * (1 + step / 100) for step in (-5, -4, -3, -2, -1, 0, 0, 1, 2, 3, 4, 5)],
            "params": {"shape": {"sequence_length": 128}, "size": "tiny"},
            "created_at": f"2026-01-{day:02} 10:00:01",
            **more,
        }
        about = {"run_id": run.run_id, "model_id": model and model.model_id, "hardware_id": hardware.hardware_id}
        return self.add(Performance(result_id=self.id(), **about, latency_p50_ms=p50, **told))

    def tried(self, run, model, hardware, day, status, **more):
        told = {"mode": "inference", "runtime": "onnxruntime", "precision": "fp32", "batch_size": 1, **more}
        about = {"run_id": run.run_id, "model_id": model.model_id, "hardware_id": hardware.hardware_id}
        at = f"2026-01-{day:02} 10:00:01"
        return self.add(Compatibility(compatibility_id=self.id(), **about, status=status, created_at=at, **told))

    def outcome(self, run, test, status, day, **more):
        module = test.partition("::")[0]
        told = {"test_module": module, "node_id": test, "created_at": f"2026-01-{day:02} 10:00:02", **more}
        return self.add(
            Outcome(test_result_id=self.id(), run_id=run.run_id, status=status, execution_time_seconds=0.25, **told)
        )

    def store(self, path, run):
        spool = Spool.create(path, run.run_id)
        for record in self.records:
            spool.append(record.line())
        hand_over(path, spool)
        return path


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, as the house drives it."""
    try:
        found = Browser(binaries.find("chromium"), headed=False)
    except Unsupported as error:
        pytest.skip(str(error))
    yield found
    found.close()


@pytest.fixture(scope="session")
def builders():
    return Builder


def everything(make):
    """Two runs with something of every kind, an imported row and a simulated one."""
    old = make.run(1, git_commit="a" * 40, git_branch="main", labels={"host": "lab"})
    new = make.run(2, git_commit="b" * 40, git_branch="main", git_dirty=True, success=False)
    cpu = make.hardware(
        "cpu",
        device_name="Xeon",
        vendor="Intel",
        platform="Debian",
        platform_version="12",
        compute_units=8,
        memory_gb=32.0,
    )
    gpu = make.hardware("cuda", device_name="H100", vendor="NVIDIA", driver_version="570", memory_gb=80.0)
    soft = make.hardware("webgpu", device_name="SwiftShader", is_software=True)
    absent = make.hardware("rocm")
    bert = make.model("bert", model_family="bert", parameters_million=4.4)
    gpt = make.model("gpt2", model_family="gpt2", parameters_million=124.0)
    for run, day, p50 in ((old, 1, 10.0), (new, 2, 8.0)):
        make.measured(run, bert, cpu, day, p50)
        make.tried(run, bert, cpu, day, "compatible")
    make.measured(new, bert, gpu, 2, 2.0, max_abs_error=1e-6, energy_joules=0.5, device_memory_peak_mb=300.0)
    energy = make.records[-1]
    make.add(Power(result_id=energy.result_id, average_power_w=250.0, peak_power_w=300.0, source="nvml"))
    make.tried(new, bert, gpu, 2, "compatible")
    make.measured(new, bert, gpu, 2, 1.2, precision="fp16", max_abs_error=1e-3, effective_precision="fp16")
    make.measured(new, bert, cpu, 2, 40.0, batch_size=8)
    page = make.measured(new, bert, soft, 2, 90.0, runtime="onnxruntime-web")
    make.add(
        Web(
            result_id=page.result_id,
            platform="webgpu",
            browser="Chromium",
            browser_version="140",
            cpu_fallback_nodes=2,
            shader_compilation_time_ms=120.0,
        )
    )
    switched = make.measured(
        new,
        bert,
        soft,
        2,
        60.0,
        runtime="onnxruntime-web",
        params={"shape": {"sequence_length": 128}, "size": "tiny", "flag": "precompile"},
    )
    make.add(Web(result_id=switched.result_id, platform="webgpu", browser="Chromium", browser_version="140"))
    make.tried(new, bert, soft, 2, "compatible", runtime="onnxruntime-web")
    make.measured(
        new,
        gpt,
        cpu,
        2,
        30.0,
        mode="prefill",
        runtime="torch",
        metrics={"time_to_first_token_ms": 30.0, "prompt_length": 16},
    )
    make.measured(
        new,
        gpt,
        cpu,
        2,
        5.0,
        mode="decode",
        runtime="torch",
        metrics={"time_per_output_token_ms": 5.0, "output_length": 16},
    )
    step = make.measured(new, gpt, cpu, 2, 50.0, mode="training", runtime="torch")
    make.add(
        Training(
            result_id=step.result_id,
            optimizer="adamw",
            forward_ms=15.0,
            backward_ms=30.0,
            optimizer_ms=5.0,
            loss_first=4.0,
            loss_last=3.5,
        )
    )
    many = make.measured(
        new,
        gpt,
        cpu,
        2,
        55.0,
        mode="training",
        runtime="torch",
        params={"shape": {"sequence_length": 128}, "strategy": "ddp"},
    )
    make.add(
        Training(result_id=many.result_id, strategy="ddp", world_size=2, scaling_efficiency=0.9, gradients_equal=True)
    )
    make.tried(old, gpt, gpu, 1, "compatible", batch_size=1)
    make.tried(
        new,
        gpt,
        gpu,
        2,
        "out_of_memory",
        batch_size=64,
        error_type="memory",
        error_message="CUDA out of memory",
        suggested_fix="A smaller batch.",
    )
    make.tried(new, gpt, absent, 2, "unavailable", error_message="libamdhip64.so not found")
    make.tried(
        new, gpt, cpu, 2, "crashed", runtime="torch", error_type="SIGSEGV", error_message="it ended by signal 11"
    )
    make.measured(
        new,
        None,
        cpu,
        2,
        0.5,
        test_case="tests/test_a.py::test_sort",
        mode="benchmark",
        weights=None,
        precision=None,
        batch_size=None,
        runtime=None,
        params=None,
    )
    make.measured(new, bert, gpu, 2, 77.0, provenance="imported", is_simulated=None, created_at=None)
    make.measured(new, bert, absent, 2, 1.0, provenance="simulated", is_simulated=True)
    make.outcome(old, "tests/test_a.py::test_one", "pass", 1)
    make.outcome(new, "tests/test_a.py::test_one", "fail", 2, error_type="AssertionError", error_message="1 != 2")
    make.outcome(new, "tests/test_b.py::test_two", "skip", 2)
    make.add(
        Source(
            source_id=make.id(),
            run_id=old.run_id,
            path="a.json",
            format="pytest-benchmark",
            status="imported",
            performance_rows=1,
            size_bytes=1000,
            imported_at="2026-01-01 10:00:00",
        ),
        Source(
            source_id=make.id(),
            run_id=old.run_id,
            path="notes.txt",
            status="not_results",
            reason="no JSON",
            imported_at="2026-01-01 10:00:00",
        ),
    )
    return new


@pytest.fixture(scope="session")
def full(tmp_path_factory):
    """The database of the golden files."""
    make = Builder()
    return make.store(tmp_path_factory.mktemp("full") / "b.duckdb", everything(make))
