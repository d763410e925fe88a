"""A real server: what it takes in, what it refuses, and that nothing acknowledged is lost."""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_ipfs_bench import records
from pytest_ipfs_bench.errors import BenchError, StoreBusy, StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance, Run, new_id
from pytest_ipfs_bench.satellites import Power
from pytest_ipfs_bench.store import checking
from pytest_ipfs_bench.store.copy import KEYS
from pytest_ipfs_bench.store.quack import line, merging, serving, tokens, words
from pytest_ipfs_bench.store.read import reading
from pytest_ipfs_bench.store.spool import Spool, files, folders, waiting
from pytest_ipfs_bench.store.write import hand_over, take_in

STRANGE = 'Ω\'; DROP TABLE models;\n-- \\u0000 "$lines" $$'


def session(target, outcomes=3, **changes):
    """A spool as a session leaves it, with rows of every kind that a session makes."""
    run, cpu, bert = (
        Run(run_id=new_id(), test_name=STRANGE, started_at="2026-01-01 10:00:00.123456", labels={"lab": STRANGE}),
        records.hardware("cpu", device_name="Xeon"),
        records.model("bert"),
    )
    about = {"run_id": run.run_id, "model_id": bert.model_id, "hardware_id": cpu.hardware_id}
    result = Performance(
        result_id=new_id(),
        **about,
        test_case=STRANGE,
        mode="inference",
        samples_ms=[1.0, 2.5e-7],
        params={"a": [1, None, STRANGE]},
    )
    spool = Spool.create(target, run.run_id)
    for record in (
        run, cpu, bert, result, Power(result_id=result.result_id, average_power_w=4.5),
        Compatibility(compatibility_id=new_id(), **about, test_case="case", status="compatible"),
        *(
            Outcome(**{"test_result_id": new_id(), "run_id": run.run_id, "node_id": f"t::{number}", "status": "pass", **changes})
            for number in range(outcomes)
        ),
    ):  # fmt: skip
        spool.append(record.line())
    return run, spool


def stored(rows, database, table="integration_test_results"):
    return rows(database, f"SELECT count(*) AS n FROM {table}")[0]["n"]


@pytest.mark.slow
def test_rows_arrive_as_they_do_in_a_file_and_come_back_as_they_were(serve, tmp_path):
    server, local = serve(), tmp_path / "local.duckdb"
    run, spool = session(server.remote)
    shutil.copy(spool.path, tmp_path / f"{run.run_id}.ndjson")
    done = hand_over(server.remote, spool)
    here = take_in(local, [], [tmp_path / f"{run.run_id}.ndjson"])
    assert done.rows == here.rows
    assert not spool.path.exists()
    with reading(server.remote) as served, reading(local) as own:
        for table in KEYS:
            text = f"SELECT * FROM {table} ORDER BY ALL"
            assert served.execute(text).fetchall() == own.execute(text).fetchall(), table
        assert served.execute(
            "SELECT average_power_w FROM results JOIN power_metrics USING (result_id)"
        ).fetchall() == [(4.5,)]


@pytest.mark.slow
def test_what_is_handed_over_twice_is_there_once(serve, tmp_path, rows):
    server = serve()
    run, spool = session(server.remote)
    copy = shutil.copy(spool.path, tmp_path / f"{run.run_id}.ndjson")
    hand_over(server.remote, spool)
    again = take_in(server.remote, [], [Path(copy)])
    assert (again.spools, again.rows) == (1, {})
    assert server.end()[0] == 0
    assert stored(rows, server.database) == 3


@pytest.mark.slow
def test_a_row_that_the_server_refuses_is_set_aside_and_the_rest_goes_in(serve, rows):
    server = serve()
    run, spool = session(server.remote)
    odd = "IO Error: HTTP connection timed out: Authorization failed"  # what a row says is not what the server says
    spool.append(Outcome(test_result_id=new_id(), run_id=run.run_id, node_id=odd, status=odd).line())
    done = hand_over(server.remote, spool)
    ((path, count),) = done.rejected.items()
    assert count == 1
    assert "CHECK constraint" in path.read_text()
    server.end()
    assert stored(rows, server.database) == 3


@pytest.mark.slow
def test_two_tokens_one_may_read_only_and_no_other_enters(serve, ask, proof):
    server = serve()
    assert ask(server, words.copy_of("models"), "readers-token-1") == []
    assert "does not allow" in ask(
        server, words.handover(tokens.Token("readers-token-1", "").proof, []), "readers-token-1"
    )
    assert "does not allow" in ask(server, words.handover("", []))
    assert "refused the token of a test" in ask(server, words.copy_of("models"), "strangers-token")
    assert len(ask(server, words.handover(proof, []))) == 1


@pytest.mark.slow
def test_a_token_that_may_only_read_says_so_and_the_spool_stays(serve, monkeypatch):
    server = serve()
    monkeypatch.setenv(tokens.WRITER, "readers-token-1")
    _, spool = session(server.remote)
    with pytest.raises(
        StoreError, match=r"this token may only read\.\nSet IPFS_BENCH_TOKEN to the one that may hand results over"
    ):
        hand_over(server.remote, spool)
    assert waiting(server.remote) > 0
    with reading(server.remote) as con:
        assert con.execute("SELECT count(*) FROM test_runs").fetchone() == (0,)


HOSTILE = (
    "FROM read_text('/etc/passwd')", "ATTACH '/tmp/other.duckdb'", "DROP TABLE models", "SET lock_configuration = false",
    "CALL quack_stop('quack:localhost')", "COPY models TO '/tmp/stolen'", "FROM ipfs_bench_guard.tokens", "CREATE TABLE t (a INT)",
    "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b",
)  # fmt: skip


@pytest.mark.slow
def test_no_file_no_setting_no_query_and_no_end_for_clients(serve, ask, rows):
    server = serve()
    _, spool = session(server.remote)
    hand_over(server.remote, spool)
    for text in HOSTILE:
        for token in ("writers-token-1", "readers-token-1"):
            assert ask(server, text, token) == f"{server.remote}: the server does not allow that."
    assert server.process.poll() is None
    assert server.end()[0] == 0
    assert stored(rows, server.database) == 3


@pytest.mark.slow
def test_a_killed_server_has_every_hand_over_that_it_acknowledged(serve, rows):
    server = serve()
    for _ in range(3):
        hand_over(server.remote, session(server.remote)[1])
    server.end(signal.SIGKILL)
    _, spool = session(server.remote)
    with pytest.raises(StoreBusy, match="can't be reached: no server answers there"):
        hand_over(server.remote, spool, wait=0)
    assert spool.path.exists()
    server.start()
    assert hand_over(server.remote, None).spools == 1
    assert server.end()[0] == 0
    assert stored(rows, server.database) == 12
    assert checking.check(server.database) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_when_it_is_told_to_with_all_in_the_file(serve, how):
    server = serve()
    hand_over(server.remote, session(server.remote)[1])
    status, _, said = server.end(how)
    assert status == 0
    assert said.rstrip().endswith("stopped")
    assert not Path(f"{server.database}.wal").exists()
    assert "token" not in said


WRITING = """
import os, sys, time
os.nice(5)  # the server is to have its turn
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.places import Remote
from pytest_ipfs_bench.store.write import hand_over
from test_serving import session
while not Path(sys.argv[4]).exists():
    run, spool = session(Remote("127.0.0.1", int(sys.argv[1])))
    try:
        hand_over(Remote("127.0.0.1", int(sys.argv[1])), spool, wait=0)
        state = "acknowledged"
    except StoreError:
        state = "waits"
        time.sleep(0.2)
    with Path(sys.argv[3]).open("a") as log:
        log.write(f"{run.run_id} {state}\\n")
"""


@pytest.mark.slow
def test_eight_writers_and_a_server_that_is_killed_twice_every_run_is_there_once(serve, rows, tmp_path, eventually):
    server, log, stop = serve(), tmp_path / "log", tmp_path / "stop"
    log.touch()
    command = [sys.executable, "-c", WRITING, str(server.port), str(Path(__file__).parent), str(log), str(stop)]
    writers = [subprocess.Popen(command) for _ in range(8)]

    def said_again(word, times):
        before = log.read_text().count(word)
        eventually(lambda: log.read_text().count(word) >= before + times)

    for _ in range(2):
        said_again("acknowledged", 5)
        server.end(signal.SIGKILL)
        said_again("waits", 2)
        server.start()
    said_again("acknowledged", 5)
    stop.touch()
    assert [one.wait(timeout=60) for one in writers] == [0] * 8
    said = [line.split() for line in log.read_text().splitlines()]
    hand_over(server.remote, None)
    assert list(files(folders(server.remote)[0])) == []
    server.end()
    found = rows(
        server.database, "SELECT run_id::VARCHAR AS run_id, count(*) AS n FROM integration_test_results GROUP BY ALL"
    )
    assert {row["run_id"] for row in found} == {run for run, _ in said}
    assert {state for _, state in said} == {"acknowledged", "waits"}
    assert {row["n"] for row in found} == {3}
    assert checking.check(server.database) == []


@pytest.mark.slow
def test_a_server_that_is_told_to_end_while_clients_write_ends_well(serve, rows, tmp_path):
    server, stop, log = serve(), tmp_path / "stop", tmp_path / "log"
    command = [sys.executable, "-c", WRITING, str(server.port), str(Path(__file__).parent), str(log), str(stop)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    time.sleep(2)
    status, _, said = server.end()
    stop.touch()
    assert [one.wait(timeout=60) for one in writers] == [0] * 3
    assert status == 0, said
    told = [line.split() for line in log.read_text().splitlines()]
    there = {row["run_id"] for row in rows(server.database, "SELECT run_id::VARCHAR AS run_id FROM test_runs")}
    assert {run for run, state in told if state == "acknowledged"} <= there


@pytest.mark.slow
def test_a_server_whose_disk_is_full_loses_nothing_that_it_acknowledged_and_does_not_linger(serve, tmp_path, rows):
    """DuckDB gives up when a checkpoint fails; whoever came then would be told that the token is wrong."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=22m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("a small file system can't be mounted here")
    try:
        server, acknowledged = serve(folder / "b.duckdb"), 0
        with pytest.raises(StoreError):
            for _ in range(40):
                run, spool = session(server.remote, outcomes=0)
                for _ in range(500):
                    text = os.urandom(1000).hex()
                    outcome = Outcome(
                        test_result_id=new_id(), run_id=run.run_id, node_id="t", status="fail", error_message=text
                    )
                    spool.append(outcome.line())
                hand_over(server.remote, spool, wait=0)
                acknowledged += 1
        server.process.send_signal(signal.SIGTERM)
        assert "token" not in server.process.communicate(timeout=20)[1]
        assert files(folders(server.remote)[0])
        subprocess.run(["mount", "-o", "remount,size=80m", folder], check=True)
        assert rows(server.database, "SELECT count(*) AS n FROM test_runs")[0]["n"] >= acknowledged > 0
        server.start()
        hand_over(server.remote, None)
        server.end()
        assert stored(rows, server.database) == 500 * (acknowledged + 1)
        assert checking.check(server.database) == []
    finally:
        subprocess.run(["umount", folder], check=False)


@pytest.mark.slow
def test_a_server_of_another_version_is_named_with_both(serve, monkeypatch):
    server = serve()
    monkeypatch.setattr(words.schema, "VERSION", 99)
    _, spool = session(server.remote)
    for action in (lambda: hand_over(server.remote, spool), lambda: reading(server.remote).__enter__()):
        with pytest.raises(
            StoreError, match=r"runs pytest-ipfs-bench .* \(schema 4, DuckDB v.*\), here is .* they can't work together"
        ):
            action()
    assert spool.path.exists()


@pytest.mark.slow
def test_a_port_that_is_taken_and_odd_orders_are_refused_before_anything_is_served(speaks_quack, tmp_path, free_port):
    def refused(**changes):
        orders = {
            "host": "127.0.0.1",
            "port": free_port(),
            "writer": tokens.Token("a-writers-token", "w"),
            "reader": None,
            "memory": "1GB",
        }
        with pytest.raises(BenchError) as told:
            serving.serve(tmp_path / "b.duckdb", serving.Serving(**{**orders, **changes}), ready=print, tell=print)
        return str(told.value)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "can't be listened on: another program does already" in refused(port=taken.getsockname()[1])
    assert "can't be listened on" in refused(host="203.0.113.7")
    assert "has to be another one" in refused(reader=tokens.Token("a-writers-token", "r"))
    assert refused(memory="plenty").startswith("--memory plenty: no size.")


@pytest.mark.slow
def test_a_served_file_is_in_use_to_others_and_one_in_use_can_not_be_served(serve, tmp_path):
    server = serve()
    with pytest.raises(StoreBusy, match="is in use"):
        hand_over(server.database, session(server.database)[1], wait=0.1)


def test_another_program_at_the_port_is_told_apart_from_none(free_port):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    def asked(port):
        line.probe(Remote("127.0.0.1", port))

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()
        with pytest.raises(StoreError, match="is no Quack server, but another program"):
            asked(other.server_address[1])
    with pytest.raises(StoreBusy, match=r"no server answers there .*\nOn that machine: ipfs-bench db serve DB --port"):
        asked(free_port())


def test_one_who_listens_and_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(line, "PROBE_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        remote = Remote("127.0.0.1", silent.getsockname()[1])
        with pytest.raises(StoreError, match="something listens there, but did not answer within"):
            line.probe(remote)


def test_a_machine_that_nobody_knows_is_named():
    with pytest.raises(StoreError, match=r"no machine of the name nowhere\.invalid is known here"):
        line.probe(Remote("nowhere.invalid"))


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever():
    with pytest.raises(StoreError, match=r"quack:lab:9494 did not answer within 0 s\."):
        line.within(0.05, Remote("lab"), lambda: time.sleep(1))


@pytest.mark.slow
def test_databases_are_merged_into_a_served_one_and_from_one(serve, filled, tmp_path):
    one, copy = tmp_path / "one.duckdb", tmp_path / "copy.duckdb"
    filled(one)
    with_odd_values(one)
    server = serve()
    for expected in (True, False):
        ((_, new),) = merging.merge([one], server.remote, tell=print)
        assert bool(new) is expected
    merging.fetched(server.remote, tmp_path).rename(copy)
    with reading(one) as left, reading(copy) as right:
        for table in KEYS:
            text = f"SELECT * FROM {table} ORDER BY ALL"
            assert repr(left.execute(text).fetchall()) == repr(right.execute(text).fetchall()), table


def with_odd_values(database):
    """What spools never hold, and databases of others may."""
    from pytest_ipfs_bench.store.opening import opened

    with opened(database) as con:
        con.execute(
            "UPDATE performance_results SET average_latency_ms = 'nan', latency_max_ms = 'inf', latency_min_ms = '-inf', "
            "samples_ms = ['nan'::DOUBLE, 1.0000000000000002, NULL], total_time_seconds = 1e-300, "
            'params = \'{"a": 1.0, "b": 12345678901234567890123, "c":  [ ]}\', rounds = 9223372036854775807, test_case = $odd',
            {"odd": STRANGE},
        )


@pytest.mark.slow
def test_the_same_database_merged_by_several_at_once_is_there_once(serve, filled, tmp_path, rows, monkeypatch):
    """In texts that are smaller than the rows, so that none of them meets another's at a key."""
    monkeypatch.setattr(merging, "CHUNK_BYTES", 1)
    one = tmp_path / "one.duckdb"
    for number in range(8):
        filled(one, at=f"2026-01-0{number + 1} 10:00:00")
    server = serve()
    copies = [Path(shutil.copy(one, tmp_path / f"{number}.duckdb")) for number in range(4)]
    with ThreadPoolExecutor(4) as beside:
        done = list(beside.map(lambda copy: list(merging.merge([copy], server.remote, tell=print)), copies))
    assert all(isinstance(new, dict) for ((_, new),) in done)
    server.end()
    assert checking.check(server.database) == checking.check(one)
    assert stored(rows, server.database, "performance_results") == 8


@pytest.mark.slow
def test_the_same_results_imported_by_several_at_once_are_there_once(serve, tmp_path, rows):
    """Each import has a run of its own, and looked at a copy of the database that had none of them."""
    old = tmp_path / "old"
    old.mkdir()
    for number in range(5):
        result = {"model": "bert-base-uncased", "hardware": "cpu", "average_latency_ms": 12.5 + number, "batch_size": 1}
        (old / f"{number}.json").write_text(json.dumps(result))
    server = serve()
    command = [Path(sys.executable).with_name("ipfs-bench"), "import", old, "--db", str(server.remote)]
    importing = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [one.wait(timeout=60) for one in importing] == [0] * 4
    server.end()
    assert stored(rows, server.database, "performance_results") == 5


@pytest.mark.slow
def test_a_database_that_is_none_comes_with_its_error(serve, tmp_path):
    (tmp_path / "text.duckdb").write_text("no database")
    server = serve()
    ((_, error),) = merging.merge([tmp_path / "text.duckdb"], server.remote, tell=print)
    assert "is not a DuckDB database" in str(error)


def test_without_the_extension_it_says_what_to_install(monkeypatch, tmp_path):
    """A DuckDB of another version than the wheels, and no network."""
    import duckdb

    from pytest_ipfs_bench.store.quack import extension

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(extension, "wheel", lambda name: None)
    with (
        duckdb.connect(config={"custom_extension_repository": str(tmp_path)}) as con,
        pytest.raises(StoreError) as told,
    ):
        extension.load(con)
    assert "needs DuckDB's extension httpfs" in str(told.value)
    assert "pip install 'pytest-ipfs-bench[quack]'" in str(told.value)
