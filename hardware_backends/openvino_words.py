"""What OpenVINO's errors mean: its exceptions are all RuntimeErrors, told apart by their words."""

import contextlib
import re
from collections.abc import Iterator

from pytest_ipfs_bench.backend import Unsupported

OTHER_RUNTIME = "Use another runtime: --hardware=cpu has onnxruntime."
NOISE = re.compile(r"^\s*(Exception from |Check '.*' failed at |FrontEnd API failed with |Summary:|$)")
OPERATOR = re.compile(
    r"(?:No conversion rule found for operations?|Conversion is failed for|Unsupported operation of type):? "
    r"(?P<name>[\w.]+(?:-\d+)?)"
)
PRECISION = re.compile(r"INFERENCE_PRECISION_HINT|[Uu]nsupported (data|element) ?type")


@contextlib.contextmanager
def typed_errors() -> Iterator[None]:
    """What OpenVINO refuses by design is Unsupported, a missing operator named; everything else stays what it is."""
    try:
        yield
    except RuntimeError as error:
        text = plain(error)
        missing = OPERATOR.search(text)
        if missing:
            raise Unsupported(
                "operator", f"OpenVINO has no rule for {missing['name']}: {text}", OTHER_RUNTIME
            ) from error
        if PRECISION.search(text):
            raise Unsupported("dtype", text, "Use --bench-precisions=fp32.") from error
        raise


def plain(error: Exception) -> str:
    """An error without the source lines of OpenVINO that it came through."""
    lines = str(error).splitlines()
    return " ".join(line.strip() for line in lines if not NOISE.match(line)) or type(error).__name__
