"""The names of the browser's hardware. This version measures nothing in a browser: it says so, instead of not knowing them.

Results of such cells that others measured come in by `ipfs-bench import`, under the same names.
"""

from pytest_ipfs_bench.backend import Backend, Detection, LoadedModel, State, Unsupported
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.models import Model

REASON = "this version of pytest-ipfs-bench runs no cells in a browser"
HINT = "Results that were measured in a browser elsewhere can be imported: ipfs-bench import"


class _InBrowser(Backend):
    runtimes = ("onnxruntime-web",)

    def detect(self) -> Detection:
        """Not installed, whatever browser is here."""
        return Detection(State.NOT_INSTALLED, reason=REASON, hint=HINT)

    def load(self, model: Model, cell: Cell) -> LoadedModel:
        """Refused."""
        raise Unsupported(State.NOT_INSTALLED.value, REASON, HINT)


class Webgpu(_InBrowser):
    """A GPU by WebGPU."""

    name = "webgpu"


class Webnn(_InBrowser):
    """A CPU, GPU or NPU by WebNN."""

    name = "webnn"
