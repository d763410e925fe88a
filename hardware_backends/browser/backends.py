"""The three backends of a browser: what is there, whether it works, and where a model is to run."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hardware_backends import cpu
from hardware_backends.browser import binaries, ort_web
from hardware_backends.browser.binaries import Binary
from pytest_ipfs_bench.backend import Backend, Detection, Device, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

if TYPE_CHECKING:
    from hardware_backends.browser.page_model import Place

RUNTIME, OWN = "onnxruntime-web", "fp32"
NO_DEVICE = State.NO_DEVICE.value
SOFTWARE = re.compile(r"swiftshader|llvmpipe|lavapipe|softpipe|basic render|software", re.IGNORECASE)
KINDS = ("cpu", "gpu", "npu")  # of WebNN's devices, by index
ALLOW = "Measure it nevertheless, marked as software, by --allow-software."
AGAIN = "Start the session again: its cells are those of another device from here on."
OTHER_BROWSER = "Try another browser: --browser=NAME or PATH."


class _InBrowser(Backend):
    """What the three share: the browser, its runtime, and a runner."""

    runtimes = (RUNTIME,)
    process = "browser"
    listens = True

    def detect(self) -> Detection:
        """Whether there is a browser, and the runtime's files or a way to get them. Nothing is started."""
        try:
            binary = binaries.find(self.wishes.browser)
            ort_web.check(self.wishes.ort_web_dir)
        except Unsupported as why:
            return Detection(State(why.error_type), reason=why.reason, hint=why.suggested_fix)
        return Detection(State.PRESENT, self._devices(binary), f"{binary} ({binary.path})")

    def runtime_version(self, runtime: str) -> str | None:
        """That of the files of ONNX Runtime Web."""
        return ort_web.version(self.wishes.ort_web_dir)

    def probe(self, device_index: int) -> Device:
        """Starts the browser, asks a page what it can use, and has it square four numbers there."""
        from hardware_backends.browser import firefox, probing, sharing

        binary = binaries.find(self.wishes.browser)
        facts = firefox.facts(binary) if binary.is_firefox else probing.facts(self.wishes)
        device = self._device(binary, device_index, facts)
        firefox.refuse(binary, device)
        probing.square(self.wishes, self._place(device))
        sharing.shared().devices[self.name, device_index] = device
        return device

    def prepare(self, cell: Cell) -> None:
        """Fetches the runtime's files if they are not here, and starts the browser, which is shared."""
        from hardware_backends.browser import page_model  # noqa: F401  what it imports is no part of loading
        from hardware_backends.browser.sharing import shared

        ort_web.folder(self.wishes.ort_web_dir)
        shared().browser(self.wishes)

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """The model on a page of its own."""
        from hardware_backends.browser import probing, refusals
        from hardware_backends.browser.page_model import PageModel
        from hardware_backends.browser.sharing import shared

        if cell.precision != OWN:
            said = f"in a browser cells run in {OWN}, not in {cell.precision}"
            raise Unsupported("precision", said, "Use --bench-precisions=fp32.")
        binary, here = binaries.find(self.wishes.browser), shared()
        self._check_index(binary, cell)
        device = self._device(binary, cell.device_index, probing.facts(self.wishes))
        known = here.devices.get((self.name, cell.device_index), device)
        if device.name != known.name:  # a browser that was started again after its GPU was lost
            raise Unsupported(NO_DEVICE, f"{binary} now has {device.name}; what was asked for is {known.name}", AGAIN)
        with refusals.typed():
            return PageModel(here.browser(self.wishes), here.site, self._place(device), model, cell, self.wishes)

    def _check_index(self, binary: Binary, cell: Cell) -> None:
        """Raises Unsupported for a device that there is not."""
        known = [device.index for device in self._devices(binary)]
        if cell.device_index not in known:
            have = ", ".join(f"{self.name}:{index}" for index in known)
            raise Unsupported(NO_DEVICE, f"{cell.target}: no such device; {self.name} has: {have}")

    def _devices(self, binary: Binary) -> tuple[Device, ...]:
        """What can be asked for."""
        raise NotImplementedError

    def _device(self, binary: Binary, index: int, facts: Mapping[str, Any]) -> Device:
        """The device as a page of the browser describes it. Raises Unsupported with the browser's reason."""
        raise NotImplementedError

    def _place(self, device: Device) -> "Place":
        """Where a page is to run a model for that device."""
        raise NotImplementedError


class Wasm(_InBrowser):
    """WebAssembly on the CPU: what the other two are measured against."""

    name = "wasm"
    flags = ("no-graph-optimization", "threads")

    def _devices(self, binary: Binary) -> tuple[Device, ...]:
        return (replace(_in_browser(cpu.device(), binary), name=None),)

    def _device(self, binary: Binary, index: int, facts: Mapping[str, Any]) -> Device:
        device, has = replace(_in_browser(cpu.device(), binary), metadata=dict(facts)), facts["wasm"]
        if has is None or not has["simd"]:
            said = f"WebAssembly is undefined in {binary}" if has is None else f"WebAssembly of {binary} lacks SIMD"
            raise Unsupported(NO_DEVICE, said, OTHER_BROWSER, device=device)
        return device

    def _place(self, device: Device) -> "Place":
        from hardware_backends.browser.page_model import Place

        return Place("wasm", ort_web.WASM, {"name": "wasm"}, "WebAssembly", "cpu", settles=True)


class Webgpu(_InBrowser):
    """A GPU by WebGPU, which only the browser can name."""

    name = "webgpu"
    flags = ("precompile", "no-graph-optimization", "nchw")

    def _devices(self, binary: Binary) -> tuple[Device, ...]:
        return (Device(0, None, platform=binary.name, platform_version=binary.version, driver_version=str(binary)),)

    def _device(self, binary: Binary, index: int, facts: Mapping[str, Any]) -> Device:
        unnamed = replace(self._devices(binary)[0], metadata=dict(facts))
        why = _no_adapter(binary, facts)
        if why:
            raise Unsupported(NO_DEVICE, why, OTHER_BROWSER, device=unnamed)
        adapter = facts["gpu"]["adapter"]
        words = (adapter["vendor"], adapter["architecture"], adapter["device"], adapter["description"])
        name = " ".join(dict.fromkeys(filter(None, words))) or "an adapter that tells no name"
        software = bool(adapter["is_fallback"]) or bool(SOFTWARE.search(name))
        found = replace(unnamed, name=name, vendor=adapter["vendor"] or None, is_software=software)
        if software:  # as fast as the CPU that does its work
            found = replace(found, driver_version=f"{binary}, on {cpu.device().name}")
        if software and not self.wishes.allow_software:
            said = f"the only WebGPU adapter of {binary} is software ({name}): its speed is that of the CPU"
            raise Unsupported("software", said, ALLOW, device=found)
        return found

    def _place(self, device: Device) -> "Place":
        from hardware_backends.browser.page_model import Place

        adapter = (device.metadata or {})["gpu"]["adapter"]
        told = {**adapter, "is_software": device.is_software}
        return Place("webgpu", ort_web.WEBGPU, {"name": "webgpu"}, "WebGPU", "gpu", "gpu_dispatches", adapter=told)


class Webnn(_InBrowser):
    """WebNN on a CPU, GPU or NPU, by index 0, 1, 2: the kind is a wish, and the browser does not tell what it made of it."""

    name = "webnn"
    flags = ("no-graph-optimization",)

    def _devices(self, binary: Binary) -> tuple[Device, ...]:
        host = _in_browser(cpu.device(), binary)
        return tuple(replace(host, index=index, name=None) for index in range(len(KINDS)))

    def _device(self, binary: Binary, index: int, facts: Mapping[str, Any]) -> Device:
        kind, host = KINDS[index], cpu.device().name
        device = replace(self._devices(binary)[index], name=f"WebNN, {kind} requested, on {host}", metadata=dict(facts))
        contexts = facts["ml"]
        if contexts is None:
            said = f"navigator.ml is undefined in {binary}: it has no WebNN"
            raise Unsupported(NO_DEVICE, said, OTHER_BROWSER, device=device)
        if "error" in contexts[kind]:
            said = f"navigator.ml.createContext({{deviceType: '{kind}'}}) fails in {binary}: {contexts[kind]['error']}"
            raise Unsupported(NO_DEVICE, said, OTHER_BROWSER, device=device)
        return device

    def _place(self, device: Device) -> "Place":
        from hardware_backends.browser.page_model import Place

        kind = KINDS[device.index]
        provider = {"name": "webnn", "deviceType": kind}
        return Place("webnn", ort_web.WEBGPU, provider, "WebNN", kind, "ml_dispatches", fixed_shapes=True)


def _in_browser(host: Device, binary: Binary) -> Device:
    """This machine's CPU as what a browser runs on: the browser is its platform, and the driver by which it is reached."""
    return replace(host, platform=binary.name, platform_version=binary.version, driver_version=str(binary))


def _no_adapter(binary: Binary, facts: Mapping[str, Any]) -> str | None:
    """Why there is no WebGPU adapter, in the browser's words; None if there is one."""
    if not facts["secure"]:
        return f"the page is no secure context in {binary}, so that it has no WebGPU"
    gpu = facts["gpu"]
    if gpu is None:
        return f"navigator.gpu is undefined in {binary}: it has no WebGPU"
    if "error" in gpu:
        return f"navigator.gpu.requestAdapter() fails in {binary}: {gpu['error']}"
    if gpu["adapter"] is None:
        return f"navigator.gpu.requestAdapter() gives null in {binary}: no GPU that it takes"
    return None
