"""What every stand-in of a provider is: a server of its own on this machine, with a lock around what it knows."""

import json
import threading
import time
from collections.abc import Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn:
    """Answers on loopback from its making until `close`; `path` is where the provider's addresses begin."""

    path = ""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        # An answer in two writes would wait 40 ms for the other side to acknowledge the first.
        handler.disable_nagle_algorithm = True
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}{self.path}"

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def json_calls(account: Any, path: str, calls: Collection[str]) -> type[BaseHTTPRequestHandler]:
    """Serve the calls below a path by `account.answer(call, given)`; `account.hang` and `account.lose` count bad days."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = self.path.removeprefix(path)
            status, answer = account.answer(call, json.loads(body)) if call in calls else (404, {})
            if account.hang[call] > 0:
                account.hang[call] -= 1
                time.sleep(account.hang_seconds)
            if account.lose[call] > 0:
                # The work is done; the wire is cut before the answer.
                account.lose[call] -= 1
                self.close_connection = True
                self.connection.close()
                return
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests ask `calls`."""

    return Handler
