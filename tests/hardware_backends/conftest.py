"""A torch whose device is virtual, put where the vendor's would be: no other module of ours knows it."""

import sys
from types import SimpleNamespace

import pytest


class FakeTorch(SimpleNamespace):
    """As much of torch as a loaded model touches. Work is queued; only synchronize makes the virtual clock pass it."""

    BUSY = 0.005

    def __init__(self, *, cuda, hip, mps, available, count, words):
        self.calls, self.clock, self.queued, self.words = [], 0.0, 0.0, words
        self.__version__ = "9.9"
        self.version = SimpleNamespace(cuda=cuda, hip=hip)
        self.float32, self.float16, self.bfloat16 = "torch.float32", "torch.float16", "torch.bfloat16"
        self.backends = SimpleNamespace(
            cuda=SimpleNamespace(matmul=SimpleNamespace(allow_tf32=True)),
            cudnn=SimpleNamespace(allow_tf32=True),
            mps=SimpleNamespace(is_built=lambda: mps, is_available=lambda: mps and available),
        )
        self.cuda = SimpleNamespace(
            is_available=lambda: available,
            device_count=lambda: count,
            synchronize=lambda index=0: self.synchronize(f"synchronize({index})"),
            empty_cache=lambda: self.calls.append("empty_cache"),
            init=lambda: self.calls.append("init"),
            reset_peak_memory_stats=self.reset_peak_memory_stats,
            max_memory_allocated=lambda index: 123_000_000,
            device=lambda index: Block(),
            Event=lambda enable_timing: Event(self),
        )
        self.mps = SimpleNamespace(
            synchronize=lambda: self.synchronize("mps.synchronize"),
            empty_cache=lambda: self.calls.append("mps.empty_cache"),
            driver_allocated_memory=lambda: 456_000_000,
        )

    def reset_peak_memory_stats(self, index):
        if "init" not in self.calls:  # as torch's own allocator does
            raise RuntimeError(f"Invalid device argument {index}: did you call init?")
        self.calls.append(f"reset_peak_memory_stats({index})")

    def synchronize(self, call):
        self.calls.append(call)
        self.clock, self.queued = self.clock + self.queued, 0.0
        if self.words:
            raise RuntimeError(self.words)

    def get_num_threads(self):
        return 1

    def set_num_threads(self, count):
        self.calls.append(f"set_num_threads({count})")

    def is_inference_mode_enabled(self):
        return False

    def inference_mode(self):
        return Block()

    def from_numpy(self, array):
        return Tensor("cpu", "torch.int64")

    def ones(self, count, device):
        self.calls.append(f"ones({device})")
        return Tensor(device, "torch.float32", float(count))


class Block:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


class Event:
    def __init__(self, torch):
        self.torch, self.at = torch, 0.0

    def record(self):
        self.at = self.torch.clock + self.torch.queued

    def synchronize(self):
        self.torch.synchronize("event.synchronize")

    def elapsed_time(self, other):
        return round((other.at - self.at) * 1e3, 6)


class Tensor:
    """A tensor of one number."""

    def __init__(self, device, dtype, value=0.0):
        self.device, self.dtype, self.value = SimpleNamespace(type=device.split(":")[0]), dtype, value

    def is_floating_point(self):
        return "float" in self.dtype

    def to(self, *, device, dtype):
        return Tensor(device, dtype, self.value)

    def detach(self):
        return self

    def __mul__(self, factor):
        return Tensor(self.device.type, self.dtype, self.value * factor)

    def sum(self):
        return self

    def __float__(self):
        return self.value


class Module:
    """A module of one weight. Calling it queues work on the virtual device."""

    def __init__(self, torch, weight):
        self.torch, self.weight = torch, weight

    def __deepcopy__(self, known):
        return Module(self.torch, self.weight)

    def to(self, *, device, dtype):
        self.weight = self.weight.to(device=device, dtype=dtype)
        return self

    def parameters(self):
        yield self.weight

    def modules(self):
        yield self

    def __call__(self, *inputs):
        self.torch.queued += self.torch.BUSY
        return {"output": Tensor("cuda", "torch.float32"), "not a tensor": None}


@pytest.fixture
def vendor_torch(monkeypatch):
    """vendor_torch(cuda=..., hip=..., mps=...): a fake torch of that build, in place of the real one."""

    def install(*, cuda=None, hip=None, mps=False, available=True, count=2, words=None):
        torch = FakeTorch(cuda=cuda, hip=hip, mps=mps, available=available, count=count, words=words)
        monkeypatch.setitem(sys.modules, "torch", torch)
        return torch

    return install


@pytest.fixture
def model():
    """A model with a torch form in whatever torch is installed by then."""
    return SimpleNamespace(
        spec=SimpleNamespace(name="m", torch="somewhere:form", threads=None),
        torch=lambda: Module(sys.modules["torch"], Tensor("cpu", "torch.float32")),
        inputs=lambda batch, shape: {"x": None},
    )
