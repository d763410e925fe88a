import shutil
from pathlib import Path

import pytest

from pytest_ipfs_bench import records
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, new_id
from pytest_ipfs_bench.store.opening import opened
from pytest_ipfs_bench.store.spool import Spool
from pytest_ipfs_bench.store.write import hand_over
from pytest_ipfs_bench.templates import database as templates
from pytest_ipfs_bench.templates.database import Saving
from pytest_ipfs_bench.templates.template import read
from pytest_ipfs_bench.templates.validation import Validation

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def v1(tmp_path):
    """A database that release 0.1's first schema left behind, with a row in every table."""
    return Path(shutil.copy(DATA / "v1.duckdb", tmp_path / "old.duckdb"))


@pytest.fixture
def v3(tmp_path):
    """A database of the last schema without templates, with a row in every table."""
    return Path(shutil.copy(DATA / "v3.duckdb", tmp_path / "v3.duckdb"))


@pytest.fixture
def filled():
    """filled(path, at=...): a database with rows in every table; every further call adds a run of that time."""

    def fill(path, at="2026-01-01 10:00:00", case="case"):
        run, cpu, bert = (
            Run(run_id=new_id(), started_at=at),
            records.hardware("cpu", device_name="Xeon"),
            records.model("bert"),
        )
        about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": cpu.hardware_id}
        result = Performance(
            result_id=new_id(),
            **about,
            test_case=case,
            mode="inference",
            samples_ms=[1.0, 2.0],
            latency_p50_ms=1.5,
            created_at=at,
        )
        spool = Spool.create(path, run.run_id)
        for record in (
            run, cpu, bert, result,
            Compatibility(compatibility_id=new_id(), **about, test_case=case, status="compatible", created_at=at),
            Outcome(test_result_id=new_id(), run_id=run.run_id, node_id=case, status="pass", created_at=at),
        ):  # fmt: skip
            spool.append(record.line())
        hand_over(path, spool)
        with opened(path) as con:
            for table in ("power_metrics", "training_results", "web_platform_results"):
                con.execute(f"INSERT INTO {table} (result_id) VALUES ($id)", {"id": result.result_id})
            con.execute(
                "INSERT INTO import_sources (source_id, path, status) VALUES ($id, 'a.json', 'duplicate')",
                {"id": new_id()},
            )
            con.execute(
                "INSERT INTO maintenance_log (maintenance_id, action, created_at) VALUES ($id, 'test', now()::TIMESTAMP)",
                {"id": new_id()},
            )
        extends = [("extends", "shipped/test")]
        templates.save(path, [Saving(read("mine", f"x = {case!r}\n"), Validation(), extends)])
        return result.result_id

    return fill
