"""Reads parts of an event whatever shape they were sent in. Pure; a part of the wrong type reads as absent.

The shapes an SDK may use are listed in docs/protocol.md, "Event payload".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from rustrak.lib import tolerant_json

_TAG_KEY = re.compile(r"[^a-zA-Z0-9_.:-]")
_PLACEHOLDER = re.compile(
    r"%(?:%|(?:\((?P<name>\w+)\))?(?P<spec>[-+0]?\d{0,2}(?:\.\d{1,2})?)(?P<kind>[sdirfuxXeEgG]))"
)
_BRACES = re.compile(r"\{(?P<name>\w*)\}")
_MESSAGE_LIMIT = 8192
TAG_LENGTH = 200


def text(value: Any) -> str:
    """A scalar as it reads, anything else as its JSON; null, `[]` and `{}` are empty."""
    if isinstance(value, str):
        return value
    return "" if value is None or value == [] or value == {} else tolerant_json.dumps(value).decode()


def entries(part: Any) -> list[dict[str, Any]]:
    """The objects of `[…]`, `{"values": […]}` or of one object on its own; entries that are no object are left out."""
    if isinstance(part, dict) and "values" in part:
        part = part["values"]
    if isinstance(part, dict):
        return [part] if part else []
    if isinstance(part, list):
        return [entry for entry in part if isinstance(entry, dict)]
    return []


def mapping(part: Any) -> dict[str, Any]:
    """`part` when it is an object, a list of pairs made into one, else empty."""
    if isinstance(part, dict):
        return part
    if isinstance(part, list):
        return {text(pair[0]): pair[1] for pair in part if isinstance(pair, list) and len(pair) == 2}
    return {}


def exceptions(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The exceptions, oldest cause first; the last is the one that was thrown."""
    return entries(event.get("exception") or event.get("sentry.interfaces.Exception"))


def main_exception(event: dict[str, Any]) -> dict[str, Any] | None:
    """The exception that names the event, or None when the event is a message.

    An exception without a type that the SDK made up (`synthetic`) beside a message only carries the stack.
    """
    found = exceptions(event)
    if not found:
        return None
    main = found[-1]
    if (
        not text(main.get("type"))
        and mapping(main.get("mechanism")).get("synthetic") is True
        and log_message(event)
    ):
        return None
    return main


def frames(holder: Any) -> list[dict[str, Any]]:
    """The frames of an exception, a thread or the event itself, oldest call first."""
    if not isinstance(holder, dict):
        return []
    for name in ("stacktrace", "raw_stacktrace", "sentry.interfaces.Stacktrace"):
        stack = holder.get(name)
        if isinstance(stack, dict) and (found := entries(stack.get("frames"))):
            return found
    return []


def main_frames(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The stack that best says where it happened: of the last exception, the event, or the thread that crashed."""
    found = exceptions(event)
    if stack := (frames(found[-1]) if found else []) or frames(event):
        return stack
    threads = entries(event.get("threads"))
    for wanted in ("crashed", "current"):
        for thread in threads:
            if thread.get(wanted) is True and (stack := frames(thread)):
                return stack
    return frames(threads[0]) if len(threads) == 1 else []


def top_frame(stack: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The topmost frame of the program itself; where nothing is marked as such, the topmost that is not a library's."""
    unmarked: dict[str, Any] | None = None
    last: dict[str, Any] | None = None
    for frame in stack[::-1]:
        mine = frame.get("in_app")
        if mine is True:
            return frame
        if mine is not False and unmarked is None:
            unmarked = frame
        last = last or frame
    return unmarked or last


def _sources(event: dict[str, Any]) -> list[Any]:
    return [event.get("logentry"), event.get("sentry.interfaces.Message"), event.get("message")]


def log_message(event: dict[str, Any]) -> str:
    """The message without its parameters where the SDK sent it so: `logentry.message`, `.formatted`, `message`."""
    for source in _sources(event):
        if isinstance(source, dict):
            source = text(source.get("message")) or source.get("formatted")
        if found := text(source):
            return found
    return ""


def formatted_message(event: dict[str, Any]) -> str:
    """The message as a person should read it, parameters filled in."""
    for source in _sources(event):
        if isinstance(source, dict):
            if found := text(source.get("formatted")):
                return found
            source = fill(text(source.get("message")), source.get("params"))
        if found := text(source):
            return found
    return ""


def has_places(template: str) -> bool:
    """Whether `fill` would look for parameters."""
    template = template[:_MESSAGE_LIMIT]
    return any(match[0] != "%%" for match in _PLACEHOLDER.finditer(template)) or bool(
        _BRACES.search(template)
    )


def fill(template: str, params: Any) -> str:
    """`template` with `%s`, `%(name)s` or `{}` replaced by `params`; unchanged when they do not fit each other."""
    if not isinstance(params, dict | list) or not params:
        return template
    template = template[:_MESSAGE_LIMIT]
    pattern = _PLACEHOLDER if _PLACEHOLDER.search(template) else _BRACES
    queue = list(params) if isinstance(params, list) else []
    lookup = params if isinstance(params, dict) else {}

    def value(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        if (name := match["name"]) and not name.isdecimal():
            found = lookup[name]
        elif name:
            found = params[int(name)] if isinstance(params, list) else lookup[name]
        else:
            found = queue.pop(0)
        if (
            pattern is _PLACEHOLDER
            and isinstance(found, int | float)
            and match["spec"]
            and match["kind"] != "s"
        ):
            return f"%{match['spec']}{match['kind']}" % found
        return text(found)[:1024]

    try:
        return pattern.sub(value, template)
    except (LookupError, ValueError, OverflowError, TypeError):
        return template


def culprit(event: dict[str, Any]) -> str:
    """`module.function` or `file in function` of the topmost in-app frame; an old SDK's own word comes last."""
    frame = top_frame(main_frames(event))
    if frame is not None:
        function = text(frame.get("function"))
        if module := text(frame.get("module")):
            return f"{module}.{function}"[:200] if function else module[:200]
        if file := text(frame.get("filename")) or text(frame.get("abs_path")):
            return f"{file} in {function}"[:200] if function else file[:200]
        if function:
            return function[:200]
    return text(event.get("culprit"))[:200]


def first_line(value: str) -> str:
    return value.split("\n", 1)[0].removesuffix("\r")


def tags(event: dict[str, Any]) -> dict[str, str]:
    """The tags as text, from an object or a list of pairs.

    As Sentry does it: true is "True", an empty or non-scalar value is left out, so is one of several lines.
    Characters a key must not have become `-`; keys and values are cut at 200.
    """
    found: dict[str, str] = {}
    for key, value in mapping(event.get("tags")).items():
        if isinstance(value, bool):
            value = str(value)
        elif isinstance(value, int | float):
            value = text(value)
        if key and isinstance(value, str) and value and "\n" not in value:
            found[tag_key(key)] = value[:TAG_LENGTH]
    return found


@lru_cache(1024)
def tag_key(key: str) -> str:
    """The name of a tag as it may be."""
    return _TAG_KEY.sub("-", key)[:TAG_LENGTH]


def with_origin(tags: dict[str, str], event: dict[str, Any]) -> dict[str, str]:
    """`tags` and those that Sentry makes of fields: where an event came from."""
    more = {
        name: value[:TAG_LENGTH]
        for name in ("server_name", "site", "logger")
        if isinstance(value := event.get(name), str) and value and "\n" not in value
    }
    return {**more, **tags}
