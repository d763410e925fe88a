"""Backends that are broken in one way each, and which check is meant for it. They travel by name, like a stranger's."""

import ctypes
import ctypes.util
import os
import random
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace

from pytest_ipfs_bench.backend import Detection, Device, State, Unsupported
from pytest_ipfs_bench.cell import PRECISIONS
from pytest_ipfs_bench.measure import Samples, measure
from pytest_ipfs_bench.testing.virtual import VirtualBackend, VirtualModel

MEANT = {}
FRESH = sys.argv[0].endswith("fresh.py")


def fails(check):
    """Notes the check that the class has to fail."""

    def note(broken):
        MEANT[broken] = {f"test_{check}"}
        return broken

    return note


def model(check):
    """A backend whose models are broken: of the class decorated."""

    def backend(broken):
        def load(self, wanted, cell):
            VirtualBackend.load(self, wanted, cell)  # refuses what it has to
            return broken(self.device, wanted, cell)

        made = type(broken.__name__, (VirtualBackend,), {"load": load, "__module__": __name__})
        return fails(check)(made)

    return backend


@fails("names_are_stable")
class Shouting(VirtualBackend):
    name = "Virtual GPU"


@fails("names_are_stable")
class Twice(VirtualBackend):
    runtimes = ("numpy", "numpy")


@fails("it_is_registered_under_its_name")
class Impostor(VirtualBackend):
    name = "cpu"


@fails("registering_imports_no_vendor_library")
class Opening(VirtualBackend):
    """Opens a shared library as soon as it is made."""

    def __init__(self):
        super().__init__()
        if FRESH:
            ctypes.CDLL(ctypes.util.find_library("m"))


@fails("detection_answers")
class Raising(VirtualBackend):
    def detect(self):
        raise OSError("no driver")


@fails("detection_answers")
class Empty(VirtualBackend):
    def detect(self):
        return Detection(State.PRESENT)

    def load(self, wanted, cell):
        raise Unsupported("no_device", "there is none", "buy one")


@fails("detection_answers")
class Reasonless(VirtualBackend):
    def detect(self):
        return Detection(State.NO_DEVICE, hint="buy one")

    def load(self, wanted, cell):
        raise Unsupported("no_device", "there is none", "buy one")


@fails("detection_answers")
class Nameless(VirtualBackend):
    def detect(self):
        return Detection(State.PRESENT, (Device(0, ""),))


@fails("detection_is_quick")
class Slow(VirtualBackend):
    def detect(self):
        if FRESH:
            threading.Event().wait(2.2)
        return super().detect()


@fails("detection_is_quiet")
class Loud(VirtualBackend):
    def detect(self):
        if FRESH:
            os.write(1, b"no driver found, falling back\n")
        return super().detect()


@fails("detection_imports_no_framework")
class Framework(VirtualBackend):
    def detect(self):
        if FRESH:
            import onnxruntime  # noqa: F401
        return super().detect()


@fails("detection_twice_is_the_same")
class Moody(VirtualBackend):
    def detect(self):
        (device,) = super().detect().devices
        return Detection(State.PRESENT, (replace(device, memory_gb=random.uniform(1, 2)),))


@fails("a_device_that_does_not_exist_is_refused")
class Boundless(VirtualBackend):
    def load(self, wanted, cell):
        return super().load(wanted, replace(cell, device_index=0))


@fails("absent_hardware_is_refused_with_reason_and_hint")
class Hintless(VirtualBackend):
    def detect(self):
        return Detection(State.NO_DEVICE, reason="there is none", hint="buy one")

    def load(self, wanted, cell):
        raise Unsupported("no_device", "there is none")


@fails("a_cell_lives_through_the_runner")
class Crashing(VirtualBackend):
    def load(self, wanted, cell):
        super().load(wanted, cell)
        os.kill(os.getpid(), signal.SIGSEGV)


@fails("a_cell_lives_through_the_runner")
class Surprised(VirtualBackend):
    def load(self, wanted, cell):
        super().load(wanted, cell)
        raise RuntimeError("nobody foresaw this")


@model("outputs_are_right")
class Wrong(VirtualModel):
    def outputs(self):
        return {"y": super().outputs()["y"] * 3 / 2}


@model("outputs_are_right")
class Disguised(VirtualModel):
    """bf16 that says fp32: the last 16 bits are gone."""

    def outputs(self):
        bits = super().outputs()["y"].view("uint32")
        return {"y": (bits >> 16 << 16).view("float32")}


@model("outputs_are_right")
class Lists(VirtualModel):
    def outputs(self):
        return {"y": super().outputs()["y"].tolist()}


@model("outputs_are_right")
class FirstOnly(VirtualModel):
    def outputs(self):
        return {"y": super().outputs()["y"][:1]}


@model("it_says_where_it_ran")
class Elsewhere(VirtualModel):
    def __init__(self, *given):
        super().__init__(*given)
        self.effective = replace(self.effective, device="cpu", provider="CPUExecutionProvider")


@model("it_says_where_it_ran")
class Providerless(VirtualModel):
    def __init__(self, *given):
        super().__init__(*given)
        self.effective = replace(self.effective, provider="")


@fails("its_precision_is_true")
class Copying(VirtualBackend):
    """Says the precision that was asked for, computes in fp32."""

    def load(self, wanted, cell):
        known = cell.precision in PRECISIONS
        loaded = super().load(wanted, replace(cell, precision="fp32") if known else cell)
        loaded.effective = replace(loaded.effective, precision=cell.precision)
        return loaded


@model("run_returns_when_the_device_is_done")
class Early(VirtualModel):
    """Its output is still zero when run returns."""

    def run(self):
        right = super().run()["y"]
        buffer = right * 0
        threading.Timer(0.01, lambda: buffer.__iadd__(right)).start()
        return {"y": buffer}


@model("run_returns_when_the_device_is_done")
class Lazy(VirtualModel):
    """Waits for the device when an output is read; its own measurement does so in time."""

    def run(self):
        self.launch()
        return Unread(self)

    def measure(self, plan):
        return measure(lambda: dict(self.run()), plan, self.device.clock)


class Unread(Mapping):
    def __init__(self, loaded):
        self.loaded = loaded

    def __getitem__(self, name):
        self.loaded.device.wait()
        return self.loaded.outputs()[name]

    def __iter__(self):
        return iter(["y"])

    def __len__(self):
        return 1


def time_launches(loaded, plan):
    samples = []
    for _ in range(plan.min_rounds):
        start = loaded.device.clock()
        loaded.launch()
        samples.append(loaded.device.clock() - start)
    return Samples(tuple(samples), 0)


@model("a_measurement_waits_for_the_device")
class Hasty(VirtualModel):
    """Times launches, and leaves the work for later."""

    def measure(self, plan):
        return time_launches(self, plan)


@model("a_measurement_waits_for_the_device")
class Late(VirtualModel):
    """Times launches, and waits when all are over."""

    def measure(self, plan):
        samples = time_launches(self, plan)
        self.device.wait()
        return samples


@model("a_measurement_gives_the_samples_asked_for")
class Few(VirtualModel):
    def measure(self, plan):
        return super().measure(replace(plan, min_rounds=3))


@model("a_measurement_gives_the_samples_asked_for")
class Nothing(VirtualModel):
    def measure(self, plan):
        samples = super().measure(plan)
        return replace(samples, latencies_ns=(0, *samples.latencies_ns))


@model("memory_is_none_or_consistent")
class Falling(VirtualModel):
    """The memory in use, not its peak."""

    left = 100.0

    def memory(self):
        self.left -= 1.0
        return self.left


@model("memory_is_none_or_consistent")
class Hoarding(VirtualModel):
    """The peak of the process, not of the model."""

    highest = 0.0

    def memory(self):
        type(self).highest = max(self.highest, super().memory())
        return self.highest


@model("memory_is_none_or_consistent")
class Bytes(VirtualModel):
    def memory(self):
        return super().memory() * 1e6


@model("energy_is_none_or_positive")
class Free(VirtualModel):
    def energy(self):
        return 0.0


@model("energy_is_none_or_positive")
class Watts(VirtualModel):
    def power(self):
        return {"watts": 5.0}


@fails("errors_are_typed")
class Untyped(VirtualBackend):
    def load(self, wanted, cell):
        if cell.precision == "fp7":
            raise KeyError(cell.precision)
        return super().load(wanted, cell)


@fails("errors_are_typed")
class Wordy(VirtualBackend):
    def load(self, wanted, cell):
        if cell.precision == "fp7":
            raise Unsupported("No such precision!", "fp7 is none")
        return super().load(wanted, cell)


@fails("errors_are_typed")
class Permissive(VirtualBackend):
    """Takes a model for another."""

    def load(self, wanted, cell):
        return super().load(replace(wanted, spec=replace(wanted.spec, family="stack")), cell)


@model("two_hundred_models_leave_nothing_behind")
class Leaking(VirtualModel):
    def __init__(self, *given):
        super().__init__(*given)
        self.device.kept = [getattr(self.device, "kept", None), bytearray(400_000)]


@model("two_hundred_models_leave_nothing_behind")
class Filling(VirtualModel):
    """Leaves something on the device."""

    def __init__(self, *given):
        super().__init__(*given)
        self.device.models = getattr(self.device, "models", 0) + 1

    def memory(self):
        return super().memory() + self.device.models * 0.1


@model("close_may_be_called_twice")
class Once(VirtualModel):
    def close(self):
        del self.x


def hidden():
    """A class that only this function has."""

    class Hidden(VirtualBackend):
        pass

    return Hidden


Hidden = fails("the_runner_finds_its_class")(hidden())
