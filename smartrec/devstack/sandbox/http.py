"""Requests and replies on the wire, over asyncio: as much of HTTP/1.1 as clients on one machine need."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

LONGEST_BODY = 1_000_000
LONGEST_HEAD = 65_536
PHRASES = {status.value: status.phrase for status in HTTPStatus}
# Closing with this set sends a reset instead of a goodbye.
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def origin(self) -> str:
        """Where the caller reached us, which is also where a browser on this machine would."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"


@dataclass
class Reply:
    """One answer, or the lack of one."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    # A fault may keep the caller waiting, or break the line instead of answering.
    wait: float = 0
    reset: bool = False

    def encode(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {PHRASES.get(self.status, 'Unknown')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def page(html: str, status: int = 200) -> Reply:
    """An HTML page that may load nothing but our own style sheet.

    No `form-action`: browsers hold it against the redirect that follows a form, and ours leads back to the merchant.
    """
    policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Reply(status, html.encode(), "text/html; charset=utf-8", headers)


def redirect(location: str) -> Reply:
    return Reply(303, b"", "text/plain", {"Location": location})


Answer = Callable[[Request], Awaitable[Reply]]


async def converse(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's requests, one after the other."""
    try:
        while True:
            request = await _read(reader)
            reply = await answer(request)
            if reply.wait:
                await asyncio.sleep(reply.wait)
            if reply.reset:
                _reset(writer)
                return
            writer.write(reply.encode())
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return
    except asyncio.CancelledError:
        # The sandbox is stopping, and idle connections stop with it.
        return
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    if length > LONGEST_BODY or "transfer-encoding" in headers:
        raise ValueError("the sandbox takes bodies of a known, modest length")
    body = await reader.readexactly(length) if length else b""
    path, _, query = target.partition("?")
    return Request(method, unquote(path), query, headers, body)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()
