"""The models of this package in torch: built from their declared dimensions by transformers' own classes.

Their weights are seeded and random: the same versions make the same numbers anywhere. A version that makes others than
those of a shipped model is refused, because what it would run is not the model that its row names.
"""

from collections.abc import Mapping
from typing import Any

from model_suites.family import snapshot
from pytest_ipfs_bench.errors import Unsupported
from pytest_ipfs_bench.models import Model, ModelSpec

SAME = 1e-2  # of the largest value: other weights are off by about as much as it is large
CALIBRATION_SAMPLES = 8
SPARE = 1.2  # what building takes of memory, of the size of the weights


def tiny(spec: ModelSpec) -> Any:
    """The module of a tiny model. Raises ValueError if it is another than the one that was shipped, by its output."""
    import numpy as np
    import torch

    form, inputs = build(spec), Model(spec).inputs(1, spec.shape)
    with torch.inference_mode():
        found = form(*map(torch.from_numpy, inputs.values()))
    assert spec.reference is not None
    with np.load(spec.reference, allow_pickle=False) as right:
        for name, value in found.items():
            if np.abs(right[name] - value.numpy()).max() > SAME * np.abs(right[name]).max():
                raise ValueError(f"{_versions()} make other weights than those of {spec.name} from one seed")
    return form


def build(spec: ModelSpec) -> Any:
    """The module, seeded or pretrained: it takes the inputs in their order and returns outputs by their ONNX names.

    Its attribute `model` is the model of transformers. Raises Unsupported where memory or pretrained weights are missing.
    """
    import torch

    _check_memory(spec)
    model, names, told = _model(spec), [one.name for one in spec.inputs], spec.dimensions
    if told["joined"]:
        model.get_submodule(told["joined"]).register_forward_hook(_join)
    for part in model.modules():
        if hasattr(getattr(part, "config", None), "use_cache"):
            part.config.use_cache = False  # one pass keeps no keys and values

    class Form(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.eval()

        def forward(self, *values: Any) -> dict[str, Any]:
            out = self.model(**dict(zip(names, values, strict=True)))
            return _named({name: _own(out[name]) if name in told["own"] else out[name] for name in told["outputs"]})

    return Form()


def _model(spec: ModelSpec) -> Any:
    """The model of transformers with its weights."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    told = spec.dimensions
    kind = getattr(transformers, told["model"])
    if spec.weights == "pretrained":
        return _pretrained(kind, spec)
    torch.manual_seed(0)
    model = kind(kind.config_class(**told["config"]), **told["arguments"])
    return _calibrated(model, spec)


def _pretrained(kind: Any, spec: ModelSpec) -> Any:
    """The model with the hub's weights, of the local cache or the network. Raises Unsupported where neither has them."""
    import torch

    assert spec.hub is not None
    found, arguments = snapshot(spec.hub), dict(spec.dimensions["arguments"])
    try:
        return kind.from_pretrained(str(found or spec.hub), dtype=torch.float32, **arguments)
    except OSError as error:
        reason = f"the weights of {spec.hub} are neither in the local cache of the hub nor to be had from it"
        fix = f"Once, with a network: hf download {spec.hub}"
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise Unsupported("weights", f"{reason}: {said}", fix) from error


def _calibrated(model: Any, spec: ModelSpec) -> Any:
    """The model, its batch normalisations of images with the statistics of some samples: random CNNs degenerate without."""
    import torch

    norms = [one for one in model.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    if norms:
        arrays = Model(spec).inputs(CALIBRATION_SAMPLES, spec.shape)
        model.eval()
        for one in norms:
            one.reset_running_stats()
            one.momentum = None
            one.train()
        with torch.no_grad():
            model(**{name: torch.from_numpy(array) for name, array in arrays.items()})
    return model


def _named(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs by name; one alone is called `output`."""
    return dict(outputs) if len(outputs) > 1 else {"output": next(iter(outputs.values()))}


def _join(part: Any, given: Any, outputs: Any) -> Any:  # noqa: ARG001  as hooks are called
    """The outputs of all samples as if they were those of one."""
    return outputs.flatten(0, 1)[None]


def _own(values: Any) -> Any:
    """Of the entries that each sample has with every other its own."""
    import torch

    place = torch.arange(values.shape[0], device=values.device)
    return values[place, place]


def _check_memory(spec: ModelSpec) -> None:
    """Raises Unsupported for a model that this machine has no memory for, before the kernel has to end something."""
    import psutil

    needed, free = (spec.parameters_million or 0) * 4e6 * SPARE, psutil.virtual_memory().available
    if needed > free:
        reason = f"{spec.name} needs {needed / 1e9:.1f} GB in fp32, {free / 1e9:.1f} GB are available"
        raise Unsupported("memory", reason, "Take a smaller model (--bench-models), or a machine with more memory.")


def _versions() -> str:
    import torch
    import transformers

    return f"torch {torch.__version__} and transformers {transformers.__version__}"
