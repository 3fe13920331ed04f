"""The contexts of an event: known ones with names and units, the others as they were sent.

Source of the known contexts: docs/protocol.md, "Event payload", contexts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from issues.payload import timestamp
from issues.payload.access import items, mapping
from issues.render.room import Room
from issues.render.tables import Field, Table, formatted, is_empty, show, table
from issues.render.values import line, visible, whole_number
from rustrak.lib import wording
from rustrak.local_times import current

MOST = 60

_TITLES = {
    "os": "Operating system", "client_os": "Client’s operating system", "device": "Device", "runtime": "Runtime",
    "app": "App", "browser": "Browser", "gpu": "Graphics", "trace": "Trace", "culture": "Culture", "profile": "Profile",
    "replay": "Replay", "cloud_resource": "Cloud", "response": "Response", "flags": "Feature flags", "feedback": "Feedback",
    "otel": "OpenTelemetry", "state": "State", "memory_info": "Memory", "threadpool_info": "Thread pool",
    "missing_instrumentation": "Missing instrumentation", "csp_report": "CSP report", "organization": "Organization",
}  # fmt: skip
_LABELS = {
    "name": "Name", "version": "Version", "build": "Build", "kernel_version": "Kernel", "arch": "Architecture",
    "rooted": "Rooted", "raw_description": "Description", "model": "Model", "model_id": "Model ID", "family": "Family",
    "brand": "Brand", "manufacturer": "Manufacturer", "memory_size": "Memory", "free_memory": "Free memory",
    "usable_memory": "Usable memory", "storage_size": "Storage", "free_storage": "Free storage",
    "external_storage_size": "External storage", "external_free_storage": "Free external storage",
    "boot_time": "Booted", "battery_level": "Battery", "battery_status": "Battery status", "charging": "Charging",
    "low_memory": "Low memory", "simulator": "Simulator", "online": "Online", "orientation": "Orientation",
    "processor_count": "Processors", "processor_frequency": "Processor frequency", "cpu_description": "Processor",
    "screen_resolution": "Screen", "screen_density": "Screen density", "screen_dpi": "Screen DPI",
    "app_name": "Name", "app_version": "Version", "app_build": "Build", "app_identifier": "Identifier",
    "app_start_time": "Started", "app_memory": "Memory in use", "build_type": "Build type", "in_foreground": "In foreground",
    "memory_size_bytes": "Memory", "vendor_name": "Vendor", "vendor_id": "Vendor ID", "api_type": "API",
    "trace_id": "Trace ID", "span_id": "Span ID", "parent_span_id": "Parent span ID", "op": "Operation",
    "status": "Status", "description": "Description", "origin": "Origin", "exclusive_time": "Exclusive time",
    "locale": "Locale", "timezone": "Time zone", "calendar": "Calendar", "display_name": "Display name",
    "is_24_hour_format": "24-hour clock", "status_code": "Status code", "body_size": "Body size",
    "heap_size_bytes": "Heap", "allocated_bytes": "Allocated",
}  # fmt: skip
_KNOWN_HERE = {*_TITLES} - {"flags", "state"}


def _bytes(value: Any) -> str:
    """`23.5 GiB (25,276,502,016 bytes)`. Raises ValueError for anything but a number of bytes."""
    number = whole_number(value)
    if number is None or number < 0:
        raise ValueError(value)
    if number < 1024:
        return wording.size(number)
    return f"{wording.size(number)} ({number:,} bytes)"


def _moment(value: Any) -> str:
    at = timestamp.moment(value)
    if at is None:
        raise ValueError(value)
    return current.style().moment(at)


def _with(unit: str) -> Callable[[Any], str]:
    def form(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(value)
        return f"{value:,g} {unit}" if isinstance(value, float) else f"{value:,} {unit}"

    return form


def _yes_or_no(value: Any) -> str:
    if not isinstance(value, bool):
        raise ValueError(value)
    return "yes" if value else "no"


_FORMS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(
        (
            "memory_size", "free_memory", "usable_memory", "storage_size", "free_storage", "external_storage_size",
            "external_free_storage", "app_memory", "body_size", "heap_size_bytes", "allocated_bytes", "memory_size_bytes",
        ),
        _bytes,
    ),
    **dict.fromkeys(("boot_time", "app_start_time"), _moment),
    **dict.fromkeys(("rooted", "charging", "low_memory", "simulator", "online", "in_foreground", "is_24_hour_format"), _yes_or_no),
    "battery_level": _with("%"),
    "processor_frequency": _with("MHz"),
    "exclusive_time": _with("ms"),
}  # fmt: skip


def contexts(value: object, room: Room | None = None) -> tuple[Table, ...]:
    """One table for each context, in the order they were sent. Empty ones are left out."""
    if is_empty(value):
        return ()
    room = room or Room()
    if not isinstance(value, dict):
        return (table("Contexts", value, room=room),)
    sent = iter(value.items())
    shown = [_context(name, member, room) for name, member in islice(sent, MOST) if not is_empty(member)]
    left = dict(sent)
    return (*shown, *((table("More contexts", left, room=room),) if left else ()))


def _context(name: str, value: Any, room: Room) -> Table:
    kind = value.get("type") if isinstance(value, dict) and isinstance(value.get("type"), str) else name
    kind = kind if kind in _TITLES else name
    title = _TITLES.get(kind, line(name, 80))
    if kind != name and kind in _TITLES:
        title = f"{title} ({line(name, 60)})"
    if not isinstance(value, dict):
        return table(title, value, room=room)
    if kind == "flags" and isinstance(value.get("values"), list):
        return _flags(title, value, room)
    if kind not in _KNOWN_HERE:
        return table(title, value, room=room)
    known = {
        member_name: member
        for member_name, member in value.items()
        if member_name != "type" and member is not None
    }
    shown = table(title, known, room=room)
    rows = tuple(
        _row(member_name, member, field)
        for (member_name, member), field in zip(known.items(), shown.fields, strict=False)
    )
    return Table(title, rows, shown.more)


def _row(name: str, value: object, plain: Field) -> Field:
    label = _LABELS.get(name, plain.name)
    return formatted(label, value, _FORMS[name]) if name in _FORMS else Field(label, plain.value)


def _flags(title: str, value: dict[str, Any], room: Room) -> Table:
    flags = items(value)
    rows = []
    for flag in flags[: MOST * 4]:
        if not room.row():
            break
        sent = mapping(flag)
        if "flag" not in sent:
            rows.append(Field("", show(flag, room=room)))
            continue
        result = sent.get("result")
        said = ("on" if result else "off") if isinstance(result, bool) else result
        rows.append(Field(line(sent["flag"]), show(said, room=room)))
    return Table(title, tuple(rows), len(flags) - len(rows))


def name_and_version(value: object) -> str:
    """`Firefox 144.0`, for the head of the page."""
    sent = mapping(value)
    return f"{line(sent.get('name'), 60)} {visible(line(sent.get('version'), 40))}".strip()
