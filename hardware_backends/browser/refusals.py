"""What ONNX Runtime Web refuses by design is Unsupported, in its own words; everything else stays the error that it is."""

import contextlib
import re
from collections.abc import Iterator

from hardware_backends.browser.devtools import PageError
from pytest_ipfs_bench.backend import Unsupported

OPERATOR = re.compile(r"No Op registered for|Could not find an implementation for|is not a registered function/op")


@contextlib.contextmanager
def typed() -> Iterator[None]:
    """Raises Unsupported for an operator that the runtime does not have; what was noted of the error stays with it."""
    try:
        yield
    except PageError as error:
        if not OPERATOR.search(str(error)):
            raise
        refused = Unsupported("operator", str(error))
        for note in getattr(error, "__notes__", ()):
            refused.add_note(note)
        raise refused from error
