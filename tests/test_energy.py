"""Energy of the CPU: a tree of counters as Linux shows it."""

import itertools

import pytest

from pytest_ipfs_bench import energy

RANGE = 1_000_000


class Machine:
    """A powercap tree whose counters move by what each run takes."""

    def __init__(self, root, packages=("package-0",), takes=(2000,), start=0):
        self.root, self.takes = root, takes
        for number, name in enumerate(packages):
            self.zone(f"intel-rapl:{number}", name, start)

    def zone(self, folder, name, start=0):
        zone = self.root / folder
        zone.mkdir(parents=True)
        (zone / "name").write_text(f"{name}\n")
        (zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        (zone / "energy_uj").write_text(f"{start}\n")
        return zone

    def run(self):
        for number, takes in enumerate(self.takes):
            counter = self.root / f"intel-rapl:{number}" / "energy_uj"
            counter.write_text(f"{(int(counter.read_text()) + takes) % RANGE}\n")


@pytest.fixture
def ticking():
    """A clock that shows a tenth of a second more whenever it is read."""
    return (tick / 10 for tick in itertools.count()).__next__


def test_energy_is_what_the_counters_moved_by(tmp_path, ticking):
    machine = Machine(tmp_path)
    found = energy.measure(machine.run, 0.5, root=tmp_path, clock=ticking)
    assert (found.runs, found.joules, found.per_run) == (5, pytest.approx(0.01), pytest.approx(0.002))
    assert found.source == "rapl: package-0"
    assert found.power == {
        "average_power_w": pytest.approx(found.joules / found.seconds),
        "energy_joules": found.joules,
        "duration_s": found.seconds,
        "source": "rapl: package-0",
    }


def test_a_counter_that_comes_round_is_no_negative_energy(tmp_path, ticking):
    machine = Machine(tmp_path, start=RANGE - 3000)
    assert energy.measure(machine.run, 0.5, root=tmp_path, clock=ticking).joules == pytest.approx(0.01)


def test_every_package_counts_once_and_its_parts_and_mirrors_do_not(tmp_path, ticking):
    machine = Machine(tmp_path, ("package-0", "package-1"), takes=(2000, 1000))
    machine.zone("intel-rapl:0:0", "core", 77)
    machine.zone("intel-rapl-mmio:0", "package-0", 77)
    machine.zone("intel-rapl:2", "psys", 77)
    found = energy.measure(machine.run, 0.5, root=tmp_path, clock=ticking)
    assert found.joules == pytest.approx(0.015)
    assert found.source == "rapl: package-0, package-1"


def test_a_machine_without_counters_does_not_know(tmp_path):
    assert energy.measure(lambda: None, 0.01, root=tmp_path / "gone") is None


def test_a_counter_that_does_not_move_is_not_zero_energy(tmp_path, ticking):
    Machine(tmp_path)
    assert energy.measure(lambda: None, 0.5, root=tmp_path, clock=ticking) is None


@pytest.mark.parametrize("file", ["energy_uj", "max_energy_range_uj", "name"])
def test_one_package_that_can_not_be_read_makes_the_whole_unknown(tmp_path, file):
    Machine(tmp_path, ("package-0", "package-1"))
    broken = tmp_path / "intel-rapl:1" / file
    broken.unlink()
    broken.mkdir()  # reading it is an OSError for root, too
    assert energy.counters(tmp_path) == ()


def test_a_counter_that_holds_no_number_is_unknown(tmp_path):
    Machine(tmp_path)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("many\n")
    assert energy.counters(tmp_path) == ()


def test_a_counter_that_goes_away_meanwhile_makes_the_energy_unknown(tmp_path, ticking):
    Machine(tmp_path)
    assert energy.measure((tmp_path / "intel-rapl:0" / "energy_uj").unlink, 0.05, root=tmp_path, clock=ticking) is None


def test_here_it_is_positive_or_unknown():
    found = energy.measure(lambda: sum(range(1000)), 0.05)
    assert found is None or found.per_run > 0
