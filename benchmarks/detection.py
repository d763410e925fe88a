"""How long the first step of detection takes: each backend's `detect()` in a fresh process.

python benchmarks/run.py detection
"""

import statistics
from collections.abc import Iterator
from pathlib import Path


def detection(_: Path, rounds: int) -> Iterator[str]:
    """Time of `detect()` without what imports this package, by backend."""
    from pytest_ipfs_bench import models
    from pytest_ipfs_bench.registry import Registry
    from pytest_ipfs_bench.testing import fresh

    for name, backend in Registry.load().backends().items():
        seen = [fresh.look(models.address(type(backend))).seconds or 0.0 for _ in range(max(rounds, 10))]
        times = f"{statistics.median(seen) * 1e3:.1f} ({min(seen) * 1e3:.1f} to {max(seen) * 1e3:.1f}) ms"
        yield f"| detection of {name} ({backend.detect().state.replace('_', ' ')}) | {times} |"
