"""Energy that this machine's CPUs take, from the counters that Linux reads out of them (RAPL), in a pass of its own.

A counter is of a whole package: what else runs on the machine is in it. Reading one needs rights (since 2020 only root
has them); where one can't be read, or none moves (a virtual machine), the energy is not known.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/class/powercap")
# The packages. Their parts (intel-rapl:0:0 ...) are in them, and intel-rapl-mmio shows the same ones a second time.
PACKAGES = "intel-rapl:[0-9]*"
MICRO = 1e-6
SECONDS = 0.25


@dataclass(frozen=True)
class Counter:
    """The counter of one package, µJ; it starts again at 0 beyond `largest`."""

    name: str
    path: Path
    largest: int

    def read(self) -> int:
        """What it shows now. Raises OSError."""
        return int(self.path.read_text(encoding="ascii"))

    def between(self, before: int, after: int) -> int:
        """µJ from one reading to the next; it came round at most once, which takes minutes at full load."""
        return after - before if after >= before else after - before + self.largest


@dataclass(frozen=True)
class Energy:
    """What the packages took while something ran `runs` times."""

    joules: float
    seconds: float
    runs: int
    source: str

    @property
    def per_run(self) -> float:
        """J that one run cost."""
        return self.joules / self.runs

    @property
    def power(self) -> dict[str, float | str | None]:
        """The same as columns of power_metrics."""
        return {
            "average_power_w": self.joules / self.seconds,
            "energy_joules": self.joules,
            "duration_s": self.seconds,
            "source": self.source,
        }


def counters(root: Path = ROOT) -> tuple[Counter, ...]:
    """The counters of all packages; none if one of them can't be read: the others alone would be too little."""
    found = []
    try:
        for zone in sorted(root.glob(PACKAGES)):
            name = (zone / "name").read_text(encoding="ascii").strip()
            if zone.name.count(":") == 1 and name.startswith("package"):
                largest = int((zone / "max_energy_range_uj").read_text(encoding="ascii"))
                found.append(Counter(name, zone / "energy_uj", largest))
                found[-1].read()
    except (OSError, ValueError):
        return ()
    return tuple(found)


def measure(
    run: Callable[[], object],
    seconds: float = SECONDS,
    *,
    root: Path = ROOT,
    clock: Callable[[], float] = time.perf_counter,
) -> Energy | None:
    """Runs for so long; what the packages took meanwhile, None where that is not known."""
    packages = counters(root)
    if not packages:
        return None
    try:
        before, start, runs = [one.read() for one in packages], clock(), 0
        while not runs or clock() - start < seconds:
            run()
            runs += 1
        after, stop = [one.read() for one in packages], clock()
    except (OSError, ValueError):
        return None
    used = sum(one.between(*pair) for one, *pair in zip(packages, before, after, strict=True))
    if not used:
        return None
    return Energy(used * MICRO, stop - start, runs, f"rapl: {', '.join(one.name for one in packages)}")
