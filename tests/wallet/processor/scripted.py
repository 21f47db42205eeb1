"""A server that answers what a test tells it to, one answer after the other, and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What comes back: a status with a body, or nothing (`drop`), perhaps late."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    wait: float = 0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: str
    port: int


def refusal(status: int, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    return Answer(status, {"error": {"type": "invalid_request_error", "message": "No.", **error}}, headers or {})


def payment(status: str, **fields: Any) -> Answer:
    about = {"id": "pi_1", "object": "payment_intent", "livemode": False, "latest_charge": None}
    return Answer(200, {**about, "status": status, **fields})


class Scripted:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.otherwise: Answer | None = None
        self.asked: list[Asked] = []
        handler = type("Handler", (_Handler,), {"script": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, *answers: Answer) -> "Scripted":
        self.answers.extend(answers)
        return self


class _Handler(BaseHTTPRequestHandler):
    script: Scripted
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: the second piece would wait 40 ms for word that the first arrived

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.script.asked.append(Asked(self.command, self.path, headers, body, self.client_address[1]))
        answer = self.script.answers.pop(0) if self.script.answers else self.script.otherwise or Answer(599)
        time.sleep(answer.wait)
        if answer.drop:
            self.close_connection = True
            self.connection.close()
            return
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        self.send_response(answer.status)
        for name, value in {"Request-Id": "req_1", "Content-Length": str(len(text)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def scripted_server() -> Iterator[Scripted]:
    script = Scripted()
    threading.Thread(target=script.server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield script
    finally:
        script.server.shutdown()
        script.server.server_close()
