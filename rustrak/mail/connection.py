"""One connection to where EMAIL_URL sends messages. To an SMTP server it is bounded in time, whatever the server does."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from rustrak.mail import failures

_CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
# For each connect and each read or write.
STEP_SECONDS = 10.0
# For connecting with TLS and sign-in, and for each message: a server that sends a byte now and then resets every other
# time limit.
MOST_SECONDS = 30.0


def is_smtp() -> bool:
    """Whether messages go to an SMTP server, and not to the console or a file."""
    return bool(settings.EMAIL_BACKEND == SMTP)


def goes_out() -> bool:
    """Whether messages are sent, instead of only being written to the server's log."""
    return bool(settings.EMAIL_BACKEND != _CONSOLE)


def where() -> str:
    """Where messages go, as an error names it: the server's host and port, never its user."""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if is_smtp() else settings.EMAIL_BACKEND


class _Client(smtplib.SMTP):
    """An SMTP client whose connection can be cut from another thread at any time, also during a TLS handshake.

    `known` is called with the client before it connects, which it does in the constructor, as smtplib's does.
    """

    def __init__(
        self, *arguments: Any, known: Callable[[_Client], None], context: Any = None, **options: Any
    ) -> None:
        self._implicit_tls = context
        self._cut = False
        self._raw: socket.socket | None = None
        self.sock = None
        self.refused: dict[str, tuple[int, bytes]] = {}
        known(self)
        super().__init__(*arguments, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        # A second descriptor of the connection: TLS takes the first one over.
        self._raw = plain.dup()
        if self._cut:
            self.cut()
        return self._implicit_tls.wrap_socket(plain, server_hostname=host) if self._implicit_tls else plain

    def sendmail(self, *arguments: Any, **options: Any) -> dict[str, tuple[int, bytes]]:
        # Django drops what smtplib returns: the recipients that the server refused beside others.
        self.refused = super().sendmail(*arguments, **options)
        return self.refused

    def cut(self) -> None:
        self._cut = True
        if self._raw is not None:
            with suppress(OSError):
                self._raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._raw is not None:
            self._raw.close()


class _Backend(EmailBackend):
    """Django's SMTP backend with a deadline for connecting and for each message."""

    def __init__(self) -> None:
        super().__init__(timeout=STEP_SECONDS)
        self.client: _Client | None = None
        self.late = False

    @property
    def connection_class(self) -> Any:
        return partial(_Client, known=self._begin)

    def _begin(self, client: _Client) -> None:
        self.client = client

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """A context in which the connection is cut after `seconds`. What is too late raises TimeoutError."""
        self.late = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            # smtplib hides a read that timed out behind a connection that was closed.
            hidden = isinstance(error, smtplib.SMTPServerDisconnected) and "timed out" in str(error)
            if self.late or hidden:
                raise TimeoutError("it takes too long") from None
            raise
        finally:
            timer.cancel()

    def drop(self) -> None:
        if self.client is not None:
            self.client.close()
        self.connection = self._partial_connection = self.client = None

    def _cut(self) -> None:
        self.late = True
        if self.client is not None:
            self.client.cut()


class Connection:
    """Opens when it is first used, and again after `drop`. Errors are those of smtplib, ssl and socket."""

    def __init__(self) -> None:
        self._smtp = _Backend() if is_smtp() else None
        self._backend: Any = self._smtp or get_connection()
        self.is_open = False

    def open(self) -> None:
        """Connect, start TLS and sign in, within MOST_SECONDS."""
        if self.is_open:
            return
        try:
            with self._within(MOST_SECONDS):
                self._backend.open()
            if self._is_cut:  # just now: the beginning of a reply looks like a reply
                raise TimeoutError
        except BaseException:
            self.drop()
            raise
        self.is_open = True

    def send(self, message: EmailMessage) -> dict[str, str]:
        """Send over the open connection, within MOST_SECONDS. Returns what the server said of the recipients that it refused,
        by address; it has taken the message for at least one."""
        try:
            with self._within(MOST_SECONDS):
                self._backend.send_messages([message])
        except smtplib.SMTPException:
            # A refusal leaves the connection as it was, unless smtplib has closed it.
            if self._smtp is None or self._smtp.client is None or self._smtp.client.sock is None:
                self.drop()
            raise
        except BaseException:
            self.drop()
            raise
        client = self._smtp.client if self._smtp is not None else None
        refused = dict(client.refused) if client is not None else {}
        if self._is_cut:
            self.drop()
        return {address: failures.reply_text(code, said) for address, (code, said) in refused.items()}

    def drop(self) -> None:
        """Close the connection without a word."""
        if self._smtp is not None:
            self._smtp.drop()
        self.is_open = False

    def close(self) -> None:
        """Sign off and close, whatever the server does."""
        if self.is_open:
            with suppress(OSError, smtplib.SMTPException), self._within(STEP_SECONDS):
                self._backend.close()
        self.drop()

    @property
    def _is_cut(self) -> bool:
        return self._smtp is not None and self._smtp.late

    def _within(self, seconds: float) -> AbstractContextManager[None]:
        return nullcontext() if self._smtp is None else self._smtp.within(seconds)
