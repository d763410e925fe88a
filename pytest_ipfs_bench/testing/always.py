"""The checks that need no device: names, registration, detection, refusals."""

import re
from dataclasses import replace

import pytest

from pytest_ipfs_bench import models
from pytest_ipfs_bench.backend import Backend, Detection, Device, State
from pytest_ipfs_bench.orders import Reply
from pytest_ipfs_bench.registry import Registry
from pytest_ipfs_bench.testing import fresh
from pytest_ipfs_bench.testing.subject import Fixtures, Subject

DETECTION_SECONDS, LOOKS = 0.5, 3
NAME = re.compile(r"[a-z][a-z0-9_]*")
RUNTIME = re.compile(r"[a-z][a-z0-9_.+-]*")
BEYOND = 100
TOLD = "what only its probe can tell"


class AlwaysChecks(Fixtures):
    """What holds on every machine."""

    def test_names_are_stable(self, subject: Subject) -> None:
        """Name and runtimes are lower-case words that go into ids and options."""
        name, runtimes = subject.backend.name, subject.backend.runtimes
        assert NAME.fullmatch(name), f"name = {name!r}: letters a-z, digits and _ only, a letter first"
        assert isinstance(runtimes, tuple), f"runtimes = {runtimes!r}: write a tuple"
        wrong = [one for one in runtimes if not RUNTIME.fullmatch(one)]
        assert not wrong, f"runtimes: {wrong} are no lower-case words"
        assert len(set(runtimes)) == len(runtimes), f"runtimes = {runtimes!r}: one is named twice"
        assert type(subject.backend)().name == name, "another instance has another name"

    def test_the_runner_finds_its_class(self, subject: Subject) -> None:
        """The class has a name by which another process can import it."""
        models.address(type(subject.backend))

    def test_it_is_registered_under_its_name(self, subject: Subject) -> None:
        """Whoever asks for its name gets this class."""
        registered = subject.once("registered", Registry.load).backends().get(subject.backend.name)
        if registered is None:
            pytest.skip(f"no installed package registers {subject.backend.name!r} (entry-point group ipfs_bench)")
        assert models.address(type(registered)) == subject.address(), "another class is registered under this name"

    def test_registering_imports_no_vendor_library(self, subject: Subject) -> None:
        """Importing its module and making an instance touches nothing compiled: import where it is used."""
        seen = subject.fresh()
        assert seen.trouble is None, f"a fresh process can't register it: {seen.trouble}"
        assert not seen.imported, f"registering imports {', '.join(seen.imported)}: do so inside functions"
        assert not seen.opened, f"registering opens {', '.join(seen.opened)}: do so inside functions"

    def test_detection_answers(self, subject: Subject) -> None:
        """With devices, or with a state, a reason and a hint; it raises nothing."""
        try:
            found = subject.backend.detect()
        except Exception as error:  # noqa: BLE001  whatever it raises is the fault
            pytest.fail(f"detect() raised {type(error).__name__}: {error}; it answers Detection(State.BROKEN, ...)")
        assert isinstance(found, Detection), f"detect() returned {found!r}, no Detection"
        assert isinstance(found.state, State), f"state = {found.state!r}: one of {', '.join(State)}"
        if found.devices:
            assert found.state is State.PRESENT, f"there are devices, and yet the state is {found.state}"
            assert isinstance(found.devices, tuple), f"devices = {found.devices!r}: write a tuple"
            probes = type(subject.backend).probe is not Backend.probe
            _check_devices([replace(one, name=TOLD) if probes and one.name is None else one for one in found.devices])
        else:
            assert found.state is not State.PRESENT, "the state is present, and yet there is no device"
            assert found.reason, "no device, and no reason"
            assert found.hint, "no device, and no hint what would help"

    def test_detection_is_quick(self, subject: Subject) -> None:
        """Under 0.5 s in a fresh process: the best of three, on a busy machine."""
        seconds = subject.fresh().seconds
        if seconds is None:
            pytest.skip("it gives no answer to time")
        looks = [seconds]
        while min(looks) >= DETECTION_SECONDS and len(looks) < LOOKS:
            looks.append(fresh.look(subject.address()).seconds or 0.0)
        assert min(looks) < DETECTION_SECONDS, f"detect() took {min(looks):.1f} s"

    def test_detection_is_quiet(self, subject: Subject) -> None:
        """Nothing is printed, not even by a vendor's library."""
        assert not subject.fresh().noise, f"detect() printed {subject.fresh().noise[:200]!r}"

    def test_detection_imports_no_framework(self, subject: Subject) -> None:
        """The driver is asked, not torch."""
        frameworks = subject.fresh().frameworks
        assert not frameworks, f"detect() imports {', '.join(frameworks)}: ask the driver instead"

    def test_detection_twice_is_the_same(self, subject: Subject) -> None:
        """The second answer equals the first."""
        first = subject.detection()
        assert subject.backend.detect() == first

    def test_a_device_that_does_not_exist_is_refused(self, subject: Subject) -> None:
        """By load, in the runner, with the reason."""
        highest = max((device.index for device in subject.detection().devices), default=0)
        _check_refusal(subject.ask(device_index=highest + BEYOND), f"device {highest + BEYOND}")

    def test_absent_hardware_is_refused_with_reason_and_hint(self, subject: Subject) -> None:
        """Where there is no device, load says why, and what would help."""
        if subject.detection().devices:
            pytest.skip("the hardware is here")
        reply = subject.ask()
        _check_refusal(reply, "a device, and there is none")
        assert reply.suggested_fix, f"refused without a hint what would help: {reply.error_message}"


def _check_devices(devices: list[Device]) -> None:
    types: dict[str, type | tuple[type, ...]] = {
        **dict.fromkeys(("vendor", "platform", "platform_version", "driver_version"), str),
        "memory_gb": (int, float),
        "compute_units": int,
    }
    for device in devices:
        assert isinstance(device, Device), f"{device!r} is no Device"
        assert isinstance(device.index, int), f"index = {device.index!r} is no whole number"
        assert device.index >= 0, f"index = {device.index!r}"
        assert isinstance(device.name, str), f"name = {device.name!r} is no text"
        assert device.name.strip(), "a device has no name"
        assert isinstance(device.is_software, bool), f"is_software = {device.is_software!r}: True or False"
        for name, kind in types.items():
            value = getattr(device, name)
            assert value is None or isinstance(value, kind), f"{name} = {value!r}; what is not known is None"
        assert device.memory_gb is None or device.memory_gb > 0, f"memory_gb = {device.memory_gb!r}"
    indices = [device.index for device in devices]
    assert len(set(indices)) == len(indices), f"two devices have one index: {indices}"


def _check_refusal(reply: Reply, asked: str) -> None:
    refused = reply.status == "unavailable" or reply.foreseen
    said = f"{reply.error_type}: {reply.error_message}" if reply.error_message else "it was loaded"
    assert refused, f"asked for {asked}, load has to raise Unsupported; instead: {reply.status} ({said})"
    assert reply.error_type, f"refused without a class of cause: {said}"
    assert reply.error_message, f"asked for {asked}: refused without a reason"
