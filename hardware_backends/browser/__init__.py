"""Browsers as hardware: WebGPU, WebNN, and WebAssembly beside them, by ONNX Runtime Web in a real browser.

detection   binaries (which browser), ort_web (the runtime's files): nothing is started
the runner  sharing (one browser for all three), launching (its process), devtools (the pipe to it), pages (one page of it),
            site (what its pages are served), page/ (what runs in them), page_model (a model on a page), memory,
            keeping (what a failed cell leaves), refusals (what the runtime can't), firefox (its probe)
"""

from hardware_backends.browser.backends import Wasm, Webgpu, Webnn

__all__ = ["Wasm", "Webgpu", "Webnn"]
