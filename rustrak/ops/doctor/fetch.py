"""One HTTP request that always ends. It follows no redirect and uses no proxy from the environment."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

SECONDS = 5.0
MAX_BODY = 64 * 1024


class Unreachable(Exception):
    """There was no answer. The message says why; `kind` is "name", "refused", "slow", "certificate" or "broken"."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with at most MAX_BODY bytes of its body. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == b"<"

    @property
    def title(self) -> str:
        """The title of an HTML page; empty when there is none."""
        found = re.search(rb"<title[^>]*>([^<]{1,200})", self.body, re.IGNORECASE)
        return " ".join(found[1].decode("utf-8", "replace").split())[:80] if found else ""

    @property
    def error_type(self) -> str:
        """The `type` in an error of Rustrak's; empty for any other answer."""
        try:
            found = orjson.loads(self.body)["error"]["type"]
        except (ValueError, TypeError, KeyError):
            return ""
        return found if isinstance(found, str) else ""


def fetch(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: Iterable[bytes] | None = None,
    *,
    seconds: float = SECONDS,
) -> Reply:
    """The answer of `url` within `seconds` for each step. Raises Unreachable.

    A `body` is sent with chunked transfer coding unless `headers` contain its Content-Length.
    """
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = connect(parts.hostname or "", parts.port, timeout=seconds)
    given = {"User-Agent": "rustrak-doctor/1.0", **(headers or {})}
    chunked = body is not None and "Content-Length" not in given
    if chunked:
        given["Transfer-Encoding"] = "chunked"
    try:
        try:
            connection.request(method, path, body, given, encode_chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server that refuses a body often answers before it is sent
        answer = connection.getresponse()
        return Reply(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(MAX_BODY)
        )
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate", f"its certificate is not trusted ({error.verify_message})") from None
    except ssl.SSLError as error:
        raise Unreachable("broken", f"the TLS handshake failed ({error.reason or error})") from None
    except socket.gaierror as error:
        raise Unreachable("name", f"its host name cannot be resolved ({error.strerror})") from None
    except TimeoutError:
        raise Unreachable("slow", f"no answer within {seconds:.0f} s") from None
    except ConnectionRefusedError:
        raise Unreachable("refused", "the connection was refused") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("broken", f"no valid answer ({error or type(error).__name__})") from None
    finally:
        connection.close()
