"""Slack, Discord, Teams and the others as they answer, in this process: what is not by their schemas is refused.

A server keeps what was posted in `messages`, newest last, and answers what a test puts into `answers` first. `send` is a
stand-in for rustrak.outbound.client.send; `on_loopback` serves the same over HTTP.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

from issues.alerts.channels.text import utf16
from rustrak.outbound.client import Request, Response

_SCHEMAS = Path(__file__).parents[1] / "data/schemas"
_JSON = {"content-type": "application/json"}


@cache
def schema(name: str) -> Draft202012Validator:
    found = json.loads((_SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def flaws(name: str, payload: Any) -> list[str]:
    """What in `payload` is not by the schema `name`."""
    return [f"{error.json_path}: {error.message[:200]}" for error in schema(name).iter_errors(payload)]


def answer(status: int, body: Any = b"", **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        status, {**_JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}, raw
    )


@dataclass
class ChatServer:
    """What all have in common. `calls` has (method, path, query, payload) of every request."""

    name: ClassVar[str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        payload = json.loads(request.body) if request.body else None
        self.calls.append((request.method, parts.path, query, payload))
        if self.answers:
            return self.answers.pop(0)
        wrong = flaws(self.name, payload) if payload is not None else []
        wrong += self.limits(payload, len(request.body)) if payload is not None else []
        self.problems += wrong
        headers = {name.lower(): value for name, value in request.headers.items()}
        return self.respond(request.method, parts.path, query, headers, payload, wrong)

    def limits(self, payload: Any, size: int) -> list[str]:
        """What no schema can say."""
        return []

    def respond(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], payload: Any, wrong: list[str]
    ) -> Response:  # fmt: skip
        raise NotImplementedError

    def keep(self, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        message = {**payload, **more}
        self.messages.append(message)
        return message

    def find(self, **keys: Any) -> dict[str, Any] | None:
        return next(
            (one for one in self.messages if all(one.get(key) == value for key, value in keys.items())), None
        )


class SlackServer(ChatServer):
    """Its Web API at /api/, and a webhook at /services/T/B/secret."""

    name = "slack"

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        if path.startswith("/services/"):
            if path != "/services/T/B/secret":
                return Response(404, {}, b"no_service")
            if wrong or {"channel", "ts"} & set(payload):
                return Response(400, {}, b"invalid_blocks")
            self.keep(payload)
            return Response(200, {}, b"ok")
        if headers.get("authorization") != "Bearer xoxb-good":
            return self._no("invalid_auth")
        if payload["channel"] not in ("C1", "#alerts"):
            return self._no("channel_not_found")
        if wrong:
            return self._no("invalid_blocks")
        if path == "/api/chat.update":
            found = self.find(channel="C1", ts=payload["ts"]) if payload["channel"] == "C1" else None
            if found is None:
                return self._no("message_not_found")
            found.update(payload)
            return answer(200, {"ok": True, "channel": "C1", "ts": payload["ts"]})
        assert path == "/api/chat.postMessage"
        if "thread_ts" in payload and not self.find(ts=payload["thread_ts"]):
            return self._no("thread_not_found")
        ts = f"1764147900.{len(self.calls):06}"
        self.keep({**payload, "channel": "C1"}, ts=ts)
        return answer(200, {"ok": True, "channel": "C1", "ts": ts})

    def _no(self, error: str) -> Response:
        return answer(200, {"ok": False, "error": error})


@dataclass
class DiscordServer(ChatServer):
    """A webhook at /api/webhooks/1/secret, of a text channel or a forum."""

    name = "discord"
    forum: bool = False

    def limits(self, payload: Any, size: int) -> list[str]:
        found = []
        for embed in payload.get("embeds", ()):
            texts = [embed.get("title", ""), embed.get("description", ""), embed["footer"]["text"]]
            texts += [part for one in embed.get("fields", ()) for part in (one["name"], one["value"])]
            if sum(map(utf16, texts)) > 6000 or utf16(texts[0]) > 256 or utf16(texts[1]) > 4096:
                found.append("embed size exceeds maximum size of 6000")
        return found

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        root = "/api/webhooks/1/secret"
        if not path.startswith(root):
            return answer(404, {"message": "Unknown Webhook", "code": 10015})
        if method == "GET":
            return answer(200, {"id": "1", "guild_id": "77", "channel_id": "55"})
        if wrong:
            return answer(400, {"message": "Invalid Form Body", "code": 50035, "errors": {}})
        thread = query.get("thread_id")
        if thread and not self.find(channel_id=thread):
            return answer(404, {"message": "Unknown Channel", "code": 10003})
        if method == "PATCH":
            found = self.find(id=path.removeprefix(f"{root}/messages/"))
            if found is None or found["channel_id"] != (thread or "55"):
                return answer(404, {"message": "Unknown Message", "code": 10008})
            found.update(payload)
            return answer(200, found)
        if self.forum and not thread and "thread_name" not in payload:
            told = "Webhooks posted to forum channels must have a thread_name or thread_id"
            return answer(400, {"message": told, "code": 220001})
        if "thread_name" in payload and not self.forum:
            return answer(
                400, {"message": "Webhooks can only create threads in forum channels", "code": 220003}
            )
        number = str(9000 + len(self.calls))
        channel = thread or (number if self.forum else "55")
        found = self.keep(payload, id=number, channel_id=channel)
        return answer(200, found) if query.get("wait") == "true" else Response(204)


@dataclass
class TeamsServer(ChatServer):
    """A workflow at /workflows/1. `tells` is what it answers with, for those that say which message they posted."""

    name = "teams"
    tells: dict[str, Any] | None = None

    def limits(self, payload: Any, size: int) -> list[str]:
        return [f"{size} bytes are too many"] if size > 28 * 1024 else []

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        if path != "/workflows/1":
            return answer(
                404, {"error": {"code": "WorkflowNotFound", "message": "The workflow could not be found."}}
            )
        if wrong:
            return answer(400, {"error": {"code": "InvalidRequest", "message": wrong[0]}})
        self.keep(payload)
        return answer(202) if self.tells is None else answer(200, self.tells)


class GoogleChatServer(ChatServer):
    """The webhook of a space at /v1/spaces/S/messages."""

    name = "google_chat"

    def limits(self, payload: Any, size: int) -> list[str]:
        return [f"{size} bytes are too many"] if size > 32_000 else []

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        if (path, query.get("key"), query.get("token")) != ("/v1/spaces/S/messages", "k", "t"):
            return answer(404, {"error": {"code": 404, "message": "Space not found", "status": "NOT_FOUND"}})
        if wrong:
            return answer(400, {"error": {"code": 400, "message": wrong[0], "status": "INVALID_ARGUMENT"}})
        assert query["messageReplyOption"] == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
        key = payload.get("thread", {}).get("threadKey", f"new-{len(self.calls)}")
        self.keep(payload, key=key)
        return answer(
            200,
            {"name": f"spaces/S/messages/{len(self.calls)}", "thread": {"name": f"spaces/S/threads/{key}"}},
        )


class _Tags(HTMLParser):
    """Reads HTML as the Bot API does: with the tags it knows, closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.problems = "", list[str]()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"b", "i", "a", "code", "pre"} or (attrs and tag != "a"):
            self.problems.append(f"Can't parse entities: unsupported start tag {tag}")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"Can't parse entities: unexpected end tag {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def unclosed(self) -> list[str]:
        return self.problems + [f"Can't find end tag of {tag}" for tag in self._open]


class TelegramServer(ChatServer):
    """The Bot API of the token 1:good; the bot is in the chat -100, which was the group -5 once."""

    name = "telegram"

    def limits(self, payload: Any, size: int) -> list[str]:
        tags = _Tags()
        tags.feed(payload["text"])
        tags.close()
        return tags.unclosed() + (["message is too long"] if utf16(tags.text) > 4096 else [])

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        token, _, called = path.removeprefix("/bot").partition("/")
        if token != "1:good":
            return self._no(401, "Unauthorized")
        chat = str(payload["chat_id"])
        if chat == "-5":
            moved = {"migrate_to_chat_id": -100}
            return self._no(
                400, "Bad Request: group chat was upgraded to a supergroup chat", parameters=moved
            )
        if chat != "-100":
            return self._no(400, "Bad Request: chat not found")
        if wrong:
            return self._no(400, f"Bad Request: {wrong[0]}")
        if called == "editMessageText":
            found = self.find(message_id=payload["message_id"])
            if found is None:
                return self._no(400, "Bad Request: message to edit not found")
            if found["text"] == payload["text"]:
                return self._no(400, "Bad Request: message is not modified")
            found.update(payload)
            return self._yes(found)
        assert called == "sendMessage"
        to = payload.get("reply_parameters", {})
        if to and not to.get("allow_sending_without_reply") and not self.find(message_id=to["message_id"]):
            return self._no(400, "Bad Request: message to be replied not found")
        return self._yes(self.keep(payload, message_id=100 + len(self.calls)))

    def _yes(self, message: dict[str, Any]) -> Response:
        return answer(
            200, {"ok": True, "result": {"message_id": message["message_id"], "chat": {"id": -100}}}
        )

    def _no(self, code: int, description: str, **more: Any) -> Response:
        return answer(code, {"ok": False, "error_code": code, "description": description, **more})


class MattermostServer(ChatServer):
    """A webhook at /hooks/secret, and the API for the token `good` in the channel "c" * 26."""

    name = "mattermost"

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        if path.startswith("/hooks/"):
            if path != "/hooks/secret":
                return self._no(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.")
            if wrong:
                return self._no(400, "web.incoming_webhook.parse.app_error", wrong[0])
            self.keep(payload)
            return Response(200, {"content-type": "text/plain"}, b"ok")
        if headers.get("authorization") != "Bearer good":
            return self._no(
                401,
                "api.context.session_expired.app_error",
                "Invalid or expired session, please login again.",
            )
        if wrong:
            return self._no(400, "api.context.invalid_body_param.app_error", wrong[0])
        if method == "PUT":
            found = self.find(id=path.split("/")[-2])
            if found is None:
                return self._no(404, "app.post.get.app_error", "Unable to get the post.")
            found.update(payload)
            return answer(200, found)
        assert (method, path) == ("POST", "/api/v4/posts")
        if payload["channel_id"] != "c" * 26:
            return self._no(
                403, "api.context.permissions.app_error", "You do not have the appropriate permissions."
            )
        if "root_id" in payload and not self.find(id=payload["root_id"]):
            return self._no(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
        return answer(201, self.keep(payload, id=f"{len(self.calls):026}"))

    def _no(self, status: int, name: str, message: str) -> Response:
        return answer(status, {"id": name, "message": message, "status_code": status})


class NtfyServer(ChatServer):
    """The topic `shop`, for the token tk_good or ana with the password `pass`."""

    name = "ntfy"

    def limits(self, payload: Any, size: int) -> list[str]:
        return ["message becomes an attachment"] if len(payload["message"].encode()) > 4096 else []

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        if headers.get("authorization") not in ("Bearer tk_good", "Basic YW5hOnBhc3M="):
            return answer(403, {"code": 40301, "http": 403, "error": "forbidden"})
        if (method, path) != ("POST", "/") or wrong or payload["topic"] != "shop":
            return answer(400, {"code": 40001, "http": 400, "error": "invalid request"})
        self.keep(payload)
        return answer(200, {"id": "sPs71M8A2T", "event": "message", "topic": "shop"})


class PagerDutyServer(ChatServer):
    """The Events API for the key "k" * 32. `alerts` has the state of each alert by its key."""

    name = "pagerduty"

    @property
    def alerts(self) -> dict[str, str]:
        return {one["dedup_key"]: one["event_action"] for one in self.messages}

    def limits(self, payload: Any, size: int) -> list[str]:
        return [f"{size} bytes are too many"] if size > 512 * 1024 else []

    def respond(self, method, path, query, headers, payload, wrong):  # noqa: ANN001, ANN201
        assert (method, path) == ("POST", "/v2/enqueue")
        if payload["routing_key"] != "k" * 32:
            wrong = ["Invalid routing key"]
        if wrong:
            return answer(
                400, {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
            )
        self.keep(payload)
        return answer(
            202, {"status": "success", "message": "Event processed", "dedup_key": payload["dedup_key"]}
        )


@contextmanager
def on_loopback(server: ChatServer) -> Iterator[str]:
    """Serve over HTTP on 127.0.0.1; gives the address, without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            found = server.send(Request(self.command, self.path, dict(self.headers), body))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()


def over_http(request: Request) -> Response:
    """Send a request to a server on loopback."""
    parts = urlsplit(request.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body or None, dict(request.headers))
        found = connection.getresponse()
        return Response(
            found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()
        )
    finally:
        connection.close()
