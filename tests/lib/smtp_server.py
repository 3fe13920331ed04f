"""A mail server on loopback that behaves as badly as a test asks for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

EXTENSIONS = (b"SIZE 1000000", b"AUTH PLAIN LOGIN", b"8BITMIME")


@dataclass
class SMTPServer:
    """`replies` has what is answered to a command instead of the usual, by the beginning of its line.

    `None` as a reply closes the connection. `silent`: nothing is ever said. `drip`: seconds between two bytes.
    """

    replies: Mapping[bytes, bytes | None] = field(default_factory=dict)
    silent: bool = False
    drip: float = 0.0
    extensions: tuple[bytes, ...] = EXTENSIONS
    # What was received: (recipients, the message).
    letters: list[tuple[list[str], str]] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            if self.silent:
                self._stop.wait(20)
                return
            greeting = self.replies.get(b"", b"220 test ready")
            if greeting is None:
                return
            self._answer(connection, greeting)
            recipients: list[str] = []
            for line in self._lines(connection):
                self.commands.append(line)
                reply = self._reply(line, recipients)
                if reply is None:
                    return
                self._answer(connection, reply)
                if line.upper().startswith(b"QUIT"):
                    return
                if line.upper() == b"DATA" and reply.startswith(b"354"):
                    body: list[bytes] = []
                    for text in self._lines(connection):
                        if text == b".":
                            break
                        body.append(text)
                    done = self.replies.get(b".", b"250 queued")
                    if done is None:
                        return
                    if done.startswith(b"2"):
                        self.letters.append((list(recipients), b"\n".join(body).decode()))
                    recipients.clear()
                    self._answer(connection, done)

    def _reply(self, line: bytes, recipients: list[str]) -> bytes | None:
        for beginning, reply in self.replies.items():
            if beginning and line.upper().startswith(beginning.upper()):
                return reply
        match line[:4].upper():
            case b"EHLO":
                return b"\r\n".join([b"250-test", *(b"250-" + one for one in self.extensions), b"250 HELP"])
            case b"RCPT":
                recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
                return b"250 ok"
            case b"RSET":
                recipients.clear()
                return b"250 ok"
            case b"DATA":
                return b"354 go on"
            case b"AUTH":
                return b"235 welcome"
            case b"QUIT":
                return b"221 bye"
            case _:
                return b"250 ok"

    def _answer(self, connection: socket.socket, reply: bytes) -> None:
        data = reply + b"\r\n"
        if not self.drip:
            connection.sendall(data)
            return
        for byte in data:
            connection.sendall(bytes([byte]))
            if self._stop.wait(self.drip):
                return

    @staticmethod
    def _lines(connection: socket.socket) -> Iterator[bytes]:
        with connection.makefile("rb") as file:
            for line in file:
                yield line.rstrip(b"\r\n")


@contextmanager
def running(server: SMTPServer) -> Iterator[SMTPServer]:
    """`server`, at its `port` of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        try:
            yield server
        finally:
            server._stop.set()
            thread.join()


def use(settings: object, port: int, **more: object) -> None:
    """Have Django's settings send mail to this port."""
    given = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
        **more,
    }
    for name, value in given.items():
        setattr(settings, name, value)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 at which connections are refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
