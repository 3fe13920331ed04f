"""Makes an event of a minidump and of what the program sent with it. Pure."""

from __future__ import annotations

from typing import Any

from ingest.edge.native.minidump import Crash, Minidump, Module

_MECHANISM = "minidump"
_MOST_THREADS = 200


def event(given: dict[str, Any], dump: Minidump | None) -> dict[str, Any]:
    """The event for `given`, the event in the form, and its dump (None if that cannot be read).

    The exception, modules and threads are the dump's; for the rest `given` takes precedence.
    """
    event: dict[str, Any] = {**given, "platform": "native", "level": given.get("level") or "fatal"}
    event.pop("type", None)
    if dump is None:
        event["exception"] = {"values": [_exception("Minidump", "The minidump could not be read")]}
        return event
    if dump.timestamp and not event.get("timestamp"):
        event["timestamp"] = dump.timestamp
    event["exception"] = {"values": [_crash(dump)]}
    if not event.get("fingerprint"):
        event["fingerprint"] = _fingerprint(dump)
    if dump.threads:
        event["threads"] = {"values": _threads(dump)}
    if dump.modules:
        event["debug_meta"] = {"images": [_image(module) for module in dump.modules]}
    contexts = event.get("contexts")
    event["contexts"] = contexts = dict(contexts) if isinstance(contexts, dict) else {}
    _fill(contexts, "os", name=dump.system, version=dump.system_version, build=dump.system_build)
    _fill(contexts, "device", arch=dump.processor)
    return event


def _crash(dump: Minidump) -> dict[str, Any]:
    crash = dump.crash
    if crash is None:
        return _exception("Minidump", "A dump without an exception")
    value = f"{crash.code_name or crash.name} at {crash.address:#x}"
    if location := _location(dump):
        value += f" in {location}"
    exception = _exception(crash.name, value)
    exception["thread_id"] = crash.thread_id
    exception["mechanism"]["meta"] = _meta(crash, dump.system)
    if dump.instruction is not None:
        exception["stacktrace"] = _stacktrace(dump, dump.instruction)
    return exception


def _exception(kind: str, value: str) -> dict[str, Any]:
    return {
        "type": kind,
        "value": value,
        "mechanism": {"type": _MECHANISM, "handled": False},
    }


def _location(dump: Minidump) -> str | None:
    """Where it crashed, as module and offset: the same in each run, whatever address the module was loaded at."""
    if dump.instruction is None or (module := dump.module_at(dump.instruction)) is None:
        return None
    return f"{_file(module.name)} + {dump.instruction - module.address:#x}"


def _fingerprint(dump: Minidump) -> list[str]:
    crash = dump.crash
    return [_MECHANISM, *([crash.name] if crash else []), _location(dump) or "unknown place"]


def _meta(crash: Crash, system: str | None) -> dict[str, Any]:
    if system in {"macOS", "iOS"}:
        return {"mach_exception": {"exception": crash.code, "code": crash.flags, "name": crash.name}}
    if system and not system.startswith("Windows"):
        signal: dict[str, Any] = {"number": crash.code, "code": crash.flags, "name": crash.name}
        if crash.code_name:
            signal["code_name"] = crash.code_name
        return {"signal": signal}
    return {}


def _stacktrace(dump: Minidump, instruction: int) -> dict[str, Any]:
    """The one frame that can be known without symbols; `trust` says that it comes from the registers."""
    frame: dict[str, Any] = {"instruction_addr": f"{instruction:#x}", "trust": "context", "in_app": True}
    if module := dump.module_at(instruction):
        frame |= {"package": module.name, "image_addr": f"{module.address:#x}"}
    registers = {name: f"{value:#018x}" for name, value in dump.registers.items()}
    return {"frames": [frame], "registers": registers}


def _threads(dump: Minidump) -> list[dict[str, Any]]:
    crashed = dump.crash.thread_id if dump.crash else None
    ordered = sorted(dump.threads, key=lambda thread: thread.id != crashed)
    return [
        {"id": thread.id, "crashed": thread.id == crashed, **({"name": thread.name} if thread.name else {})}
        for thread in ordered[:_MOST_THREADS]
    ]


def _image(module: Module) -> dict[str, Any]:
    image = {
        "type": module.kind,
        "code_file": module.name,
        "code_id": module.code_id,
        "debug_id": module.debug_id,
        "debug_file": module.debug_file,
        "image_addr": f"{module.address:#x}",
        "image_size": module.size,
    }
    return {name: value for name, value in image.items() if value is not None}


def _fill(contexts: dict[str, Any], context: str, **found: str | None) -> None:
    """Add to a context the values that it does not have itself."""
    given = contexts.get(context)
    merged = {key: value for key, value in found.items() if value} | (
        given if isinstance(given, dict) else {}
    )
    if merged:
        contexts[context] = merged


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
