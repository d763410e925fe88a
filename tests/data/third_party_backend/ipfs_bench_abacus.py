"""The hardware `abacus`. It lies on the desk where ABACUS=1, and borrows the CPU's arithmetic."""

import os

from pytest_ipfs_bench.backend import Backend, Detection, Device, Effective, LoadedModel, State, Unsupported
from pytest_ipfs_bench.hookspecs import hookimpl


class Abacus(Backend):
    name = "abacus"
    runtimes = ("onnxruntime",)

    def detect(self):
        if os.environ.get("ABACUS") != "1":
            return Detection(State.NO_DEVICE, reason="no abacus lies on this desk", hint="put one there: ABACUS=1")
        return Detection(State.PRESENT, (Device(0, "ten beads", is_software=True),))

    def load(self, model, cell):
        found = self.detect()
        if found.device(cell.device_index) is None:
            raise Unsupported("no_device", found.reason or f"no abacus {cell.device_index} here", found.hint)
        if cell.precision != "fp32":
            raise Unsupported("precision", f"an abacus knows no {cell.precision}", "Use --bench-precisions=fp32.")
        return Beads(model, cell)


class Beads(LoadedModel):
    def __init__(self, model, cell):
        import onnxruntime as ort  # here, where it is used: in the runner

        try:
            self.session = ort.InferenceSession(model.onnx, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise Unsupported("operator", str(error)) from error
        self.effective = Effective("abacus", self.session.get_providers()[0], "fp32")
        self.inputs = model.inputs(cell.batch, cell.shape)
        self.names = [output.name for output in self.session.get_outputs()]

    def run(self):
        return dict(zip(self.names, self.session.run(None, self.inputs), strict=True))

    def close(self):
        self.session = None


@hookimpl
def register_backends():
    return [Abacus()]
