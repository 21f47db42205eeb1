"""Post bodies over kept-open connections; all that matters of the answer is its status."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 20
NO_ANSWER = 0


@dataclass
class Line:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Poster:
    """Posts to any number of addresses, and keeps a few connections to each for the next time."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Line]] = {}

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status answered, or 0 for no answer at all."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._post(url, body, headers)
        except (OSError, ValueError, EOFError, TimeoutError):
            return NO_ANSWER

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        idle = self._idle.setdefault(urlsplit(url).netloc, [])
        while idle:
            line = idle.pop()
            # The other side may have hung up meanwhile: then the request never arrived, and a fresh line is due.
            with contextlib.suppress(ConnectionError, EOFError):
                return await self._exchange(line, idle, url, body, headers)
        return await self._exchange(await _open(url), idle, url, body, headers)

    async def _exchange(self, line: Line, idle: list[Line], url: str, body: bytes, headers: dict[str, str]) -> int:
        reusable = False
        try:
            line.writer.write(_request(url, body, headers))
            await line.writer.drain()
            status, reusable = await _answer(line.reader)
        finally:
            if reusable:
                idle.append(line)
            else:
                line.writer.close()
        return status


async def _open(url: str) -> Line:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return Line(*await asyncio.open_connection(parts.hostname, port, ssl=secure or None))


def _request(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status, and whether the connection may be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    status = int(first.split(" ")[1])
    if "content-length" not in fields or fields.get("connection") == "close":
        return status, False
    await reader.readexactly(int(fields["content-length"]))
    return status, True
