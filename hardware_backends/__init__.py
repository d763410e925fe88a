"""The hardware that we know, registered through the public door."""

from hardware_backends.browser import Wasm, Webgpu, Webnn
from hardware_backends.cpu import Cpu
from hardware_backends.cuda import Cuda
from hardware_backends.mps import Mps
from hardware_backends.openvino import OpenVino
from hardware_backends.qualcomm import Qualcomm
from hardware_backends.rocm import Rocm
from pytest_ipfs_bench.backend import Backend
from pytest_ipfs_bench.hookspecs import hookimpl


@hookimpl
def register_backends() -> list[Backend]:
    """One backend per file of this package."""
    return [Cpu(), Cuda(), Rocm(), Mps(), OpenVino(), Qualcomm(), Wasm(), Webgpu(), Webnn()]
