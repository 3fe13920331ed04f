"""What went wrong while a message was sent, whom it concerns, and what helps. Pure."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """`text` says what happened, `fix` what an operator can do.

    `server`: it concerns every message, so the others need not be tried now. `final`: trying again does not help.
    """

    text: str
    fix: str
    server: bool = True
    final: bool = False


_CHECK = "Check the host, the port and the scheme in EMAIL_URL."
# Port 465 speaks TLS from the first byte; 25 and 587 begin in plain text.
_SCHEMES = "smtp+ssl:// is for port 465, smtp+tls:// for port 587, smtp:// for a server without TLS"


def opening(error: Exception, where: str) -> Failure:
    """A failure to connect and sign in at `where`, the server's host and port."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return Failure(
                f"{where} rejects the user name or the password: {reply_text(error.smtp_code, error.smtp_error)}",
                "Correct the user name and the password in EMAIL_URL. Characters such as / ? # % must be "
                "percent-encoded. Many providers need a password for applications.",
            )
        case smtplib.SMTPNotSupportedError():
            return Failure(
                f"{where} does not offer what EMAIL_URL asks for: {error}",
                f"Use another scheme in EMAIL_URL: {_SCHEMES}. Without a user name, nothing is asked.",
            )
        case ssl.SSLCertVerificationError():
            return Failure(
                f"the certificate of {where} is not valid: {error.verify_message}",
                "Use the name in the certificate as the host in EMAIL_URL, or have the server use a certificate that "
                "this machine trusts (SSL_CERT_FILE names others).",
            )
        case ssl.SSLError():
            return Failure(
                f"TLS with {where} fails: {error.reason or error}", f"Use another scheme: {_SCHEMES}."
            )
        case smtplib.SMTPServerDisconnected():
            return Failure(f"{where} closed the connection", f"{_CHECK} {_SCHEMES}.")
        case smtplib.SMTPResponseException() if error.smtp_code < 200:
            return Failure(f"what answers at {where} is not a mail server", _CHECK)
        case smtplib.SMTPResponseException():
            return Failure(f"{where} answers {reply_text(error.smtp_code, error.smtp_error)}", _CHECK)
        case _:
            return _network(error, where)


def sending(error: Exception, where: str) -> Failure:
    """A failure to send one message over an open connection."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()), (0, b""))
            return Failure(
                f"{where} refuses the recipient: {reply_text(code, reply)}",
                "Check that the address exists, and that EMAIL_URL's user may send to it.",
                server=False,
                final=code >= 500,
            )
        case smtplib.SMTPSenderRefused():
            return Failure(
                f"{where} refuses the sender: {reply_text(error.smtp_code, error.smtp_error)}",
                "Set DEFAULT_FROM_EMAIL to an address that EMAIL_URL's user may send from.",
            )
        case smtplib.SMTPServerDisconnected():
            return Failure(
                f"{where} closed the connection during the message", "See the server's log.", server=False
            )
        case smtplib.SMTPResponseException():
            return Failure(
                f"{where} refuses the message: {reply_text(error.smtp_code, error.smtp_error)}",
                "See the server's log. It may take the message for spam: set DEFAULT_FROM_EMAIL to your own domain.",
                server=False,
                final=error.smtp_code >= 500,
            )
        case OSError():
            return _network(error, where)
        case _:
            return Failure(
                f"the message cannot be sent: {type(error).__name__}: {error}",
                "Check DEFAULT_FROM_EMAIL and the recipient's address.",
                server=False,
                final=isinstance(error, ValueError),
            )


def _network(error: Exception, where: str) -> Failure:
    if isinstance(error, socket.gaierror):
        return Failure(f"{where} has no address: {error.strerror}", "Correct the host in EMAIL_URL, or DNS.")
    if isinstance(error, ConnectionRefusedError):
        return Failure(f"{where} refuses connections", f"{_CHECK} Is the server running?")
    if isinstance(error, TimeoutError):
        return Failure(
            f"{where} does not answer in time",
            f"{_CHECK} {_SCHEMES}. A firewall may block the port: many providers block port 25.",
        )
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return Failure(f"{where} cannot be used: {reason}", _CHECK)


def reply_text(code: int, said: bytes | str) -> str:
    """The server's reply as one printable line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = " ".join("".join(char if char.isprintable() else " " for char in text[:1000]).split())
    return f"{code} {line}"[:200].strip()
