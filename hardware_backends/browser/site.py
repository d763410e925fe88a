"""What the pages of a browser are served: a few files by name, from loopback, in a context of their own, nothing else."""

import http.server
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
KINDS = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html"}
# Cross-origin isolation gives a page threads and a clock of 5 us. The policy keeps it from reaching anything but us;
# unsafe-eval: the runtime's own glue makes functions of strings for WebNN.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; worker-src 'self' blob:; "
    "script-src 'self' blob: 'wasm-unsafe-eval' 'unsafe-eval'",
}
PAGE = b"<!doctype html><meta charset=utf-8><title>ipfs-bench</title>"
FOLDER = Path(__file__).parent / "page"


class Site:
    """A server on a free port of this machine. routes: path -> a file, or bytes; `serve` adds to them."""

    def __init__(self) -> None:
        self.routes: dict[str, Path | bytes] = {"/": PAGE}
        self.posted: list[bytes] = []
        self.serve("/page/", {file.name: file for file in FOLDER.iterdir()})
        self._server = http.server.ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the empty page."""
        return f"http://{HOST}:{self._server.server_port}/"

    def serve(self, prefix: str, files: Mapping[str, Path | bytes]) -> None:
        """Serves these from now on; what stood under the prefix before goes."""
        kept = {path: what for path, what in self.routes.items() if not path.startswith(prefix)}
        self.routes = {**kept, **{prefix + name: what for name, what in files.items()}}

    def close(self) -> None:
        """Serves no longer."""
        self._server.shutdown()
        self._server.server_close()


def _handler(site: Site) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            what = site.routes.get(path)
            body = what.read_bytes() if isinstance(what, Path) else what
            kind = KINDS.get(Path(path).suffix, "text/html" if path == "/" else "application/octet-stream")
            self._answer(404 if body is None else 200, kind, body or b"")

        def do_POST(self) -> None:
            """What a browser without a driver has to say of itself."""
            site.posted.append(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 20)))
            self._answer(200, "text/plain", b"")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            try:
                self.send_response(status)
                for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:  # a page that was closed meanwhile
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing is said of what was served."""

    return Handler
