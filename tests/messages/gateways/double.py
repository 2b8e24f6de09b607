"""An HTTP double on loopback: keeps what it was sent and answers what the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(slots=True, kw_only=True)
class Call:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Double:
    """What was asked, and what is answered: a status and a JSON body, or nothing at all until released."""

    url: str = ""
    status: int = 200
    body: Any = None
    is_silent: bool = False
    calls: list[Call] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def running() -> Iterator[Double]:
    """The double, listening on a free port of this machine."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            double.calls.append(
                Call(
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    form=dict(parse_qsl(content, keep_blank_values=True)),
                )
            )
            if double.is_silent:
                double.released.wait(timeout=10)
                return
            answer = double.body if isinstance(double.body, bytes) else json.dumps(double.body).encode()
            self.send_response(double.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield double
    finally:
        double.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
