"""docs/many-machines.md: its commands are run, in its order, against a real server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "many-machines.md").read_text()


def block(name):
    return re.search(rf"<!-- served: {name} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.mark.slow
def test_its_commands_run(speaks_quack, free_port, filled, session):
    port, room = str(free_port()), session.path
    filled(room / "shard.duckdb")
    session.makepyfile("def test_a(benchmark): benchmark.pedantic(len, args=('x',))")
    shutil.copytree(Path(__file__).parents[2] / "data", room / "old-results", ignore=lambda *_: [])
    where = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    export, serve = (line.replace("9494", port) for line in block("server").splitlines())
    token = subprocess.run(
        ["bash", "-c", f"{export}; echo $IPFS_BENCH_TOKEN"], check=True, env=where, capture_output=True, text=True
    ).stdout.strip()
    assert len(token) > 40
    where["IPFS_BENCH_TOKEN"] = token
    with subprocess.Popen(serve.split(), cwd=room, env=where, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == f"Serving {room}/bench.duckdb as quack:127.0.0.1:{port}\n"
        for command in block("clients").splitlines():
            done = subprocess.run(
                ["bash", "-c", command.replace("9494", port)],
                check=False,
                cwd=room,
                env=where,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        server.terminate()
    assert server.returncode == 0
