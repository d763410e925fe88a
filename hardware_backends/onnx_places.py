"""Where ONNX Runtime runs a model: which provider is asked for, and which one took its nodes.

A session lists a provider that it could load, be it that not one node went there: only the assignment of nodes is proof.
"""

from collections import Counter
from typing import Any

from hardware_backends.onnx_graph import is_product
from pytest_ipfs_bench.backend import UNVERIFIED

CPU = "CPUExecutionProvider"
DEVICES = {CPU: "cpu", "CUDAExecutionProvider": "cuda", "QNNExecutionProvider": "qualcomm"}
LIBRARY = "library_path"
RECORD = "session.record_ep_graph_assignment_info"


def choose(settings: Any, provider: str, options: dict[str, Any]) -> list[Any] | None:
    """Asks a session's settings for a provider; what the session is to be given as `providers`.

    A provider of a library of its own (QNN since 2.0) is asked for by its devices: by its name it would be ignored.
    """
    if provider == CPU:
        return [provider]
    settings.add_session_config_entry(RECORD, "1")
    devices = _devices(provider)
    if not devices:
        return [(provider, options)]
    settings.add_provider_for_devices(devices, {name: str(value) for name, value in options.items()})
    return None


def _devices(provider: str) -> list[Any]:
    """The devices of a provider that came as a library; its NPUs alone, if it has some. None of a built-in one."""
    import onnxruntime as ort

    found = [one for one in ort.get_ep_devices() if one.ep_name == provider and LIBRARY in one.ep_metadata]
    return [one for one in found if one.device.type == ort.OrtHardwareDeviceType.NPU] or found


def where(session: Any, provider: str) -> tuple[str, str]:
    """The device by our names, and the providers that took the model's products (or all nodes, if it has none).

    The device is `cpu` if none of them went to the provider, and unverified if only some did, or an older ONNX Runtime
    does not tell.
    """
    used = session.get_providers()[0]
    if provider == CPU or used != provider:
        return DEVICES.get(used, used), used
    taken = _assigned(session)
    if not taken:
        return UNVERIFIED, used
    told = ", ".join(name for name, _ in taken.most_common())
    if provider not in taken:
        return DEVICES.get(told, told), told
    return (DEVICES.get(provider, provider) if len(taken) == 1 else UNVERIFIED), told


def _assigned(session: Any) -> Counter[str]:
    """How many products each provider took; of a model without any, how many nodes. Empty if that is not known."""
    try:
        graphs = session.get_provider_graph_assignment_info()
    except Exception:  # noqa: BLE001  an older version, or one that did not record it
        return Counter()
    nodes = [(graph.ep_name, node.op_type) for graph in graphs for node in graph.get_nodes()]
    return Counter(name for name, kind in nodes if is_product(kind)) or Counter(name for name, _ in nodes)
