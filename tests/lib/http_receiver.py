"""An HTTP server on loopback that notes what it gets and answers as a test says, also in ways no server should."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: Writes an answer to the connection. Whatever it raises ends the connection.
Script = Callable[[socket.socket], None]


@dataclass
class Got:
    """One request as it arrived; the names of `headers` are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


def reply(status: int = 200, body: bytes = b"ok", **headers: str) -> Script:
    """An ordinary answer. Underscores in the names of headers stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join([*lines, "", ""]).encode() + body)


def raw(data: bytes) -> Script:
    """Exactly these bytes, whether or not they are HTTP."""
    return lambda connection: connection.sendall(data)


def repeat(head: bytes, data: bytes, pause: float = 0.0) -> Script:
    """`head`, then `data` until the client has had enough."""

    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(data)
            time.sleep(pause)

    return script


def silence(connection: socket.socket) -> None:
    """No answer; the connection stays open until the client closes it."""
    connection.recv(1)


@dataclass
class Receiver:
    """`scripts` answer one request each, the last one all further ones. `peers` are who connected."""

    port: int
    scripts: list[Script] = field(default_factory=lambda: [reply()])
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook"

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(10)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                request = _read(stream)  # type: ignore[arg-type]
                self.got.append(request)
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(connection)


def _read(stream: socket.SocketIO) -> Got:
    line = stream.readline().decode("latin-1").strip()
    headers: dict[str, str] = {}
    while header := stream.readline().strip():
        name, _, value = header.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode()
    return Got(line, headers, stream.read(int(headers.get("content-length", "0"))) or b"")


@contextmanager
def receiving(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens while the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver = Receiver(listener.getsockname()[1], list(scripts) or [reply()], tls=tls)
        threading.Thread(target=receiver._serve, args=(listener,), daemon=True).start()
        yield receiver
        # Wakes accept, which a closed descriptor would not.
        listener.shutdown(socket.SHUT_RDWR)
