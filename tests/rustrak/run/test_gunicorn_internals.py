"""The contract with gunicorn's asgi worker: what rustrak.run.gunicorn_internals uses of it and is not public.

A failure here after an upgrade of gunicorn means that gunicorn changed inside. Read the change, mend that module, then
this table. Connections on a real socket are tested in test_worker.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gunicorn
import pytest
from gunicorn.arbiter import Arbiter
from gunicorn.asgi.lifespan import LifespanManager, LifespanStartupFailed
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from gunicorn.workers.gasgi import ASGIWorker

from rustrak.run import gunicorn_internals
from tests.lib import sources
from tests.lib.web_worker import Worker, serve

RUN = Path(gunicorn_internals.__file__).parent

# Methods that Rustrak overrides or calls: their parameters, and whether they are coroutines.
METHODS: list[tuple[type, str, list[str], bool]] = [
    (BodyReceiver, "__init__", ["self", "request", "protocol"], False),
    (BodyReceiver, "_pop_chunk", ["self"], False),
    (BodyReceiver, "_wait_for_data", ["self"], True),
    (ASGIProtocol, "__init__", ["self", "worker"], False),
    (ASGIProtocol, "connection_made", ["self", "transport"], False),
    (ASGIProtocol, "data_received", ["self", "data"], False),
    (ASGIProtocol, "connection_lost", ["self", "exc"], False),
    (ASGIProtocol, "_on_headers_complete", ["self"], False),
    (ASGIProtocol, "_maybe_resume_reading", ["self"], False),
    (ASGIProtocol, "_resume_reading", ["self"], False),
    (ASGIProtocol, "_http1_buffered", ["self"], False),
    (ASGIProtocol, "_is_websocket_upgrade", ["self", "request"], False),
    (ASGIProtocol, "_send_error_response", ["self", "status", "message", "extra_headers"], False),
    (ASGIProtocol, "_close_transport", ["self"], False),
    (ASGIProtocol, "_keepalive_timeout", ["self"], False),
    (ASGIWorker, "__init__", ["self", "args", "kwargs"], False),
    (ASGIWorker, "init_signals", ["self"], False),
    (ASGIWorker, "handle_exit_signal", ["self"], False),
    (ASGIWorker, "handle_quit_signal", ["self"], False),
    (ASGIWorker, "notify", ["self"], False),
    (ASGIWorker, "_serve", ["self"], True),
    (LifespanManager, "__init__", ["self", "app", "logger", "state"], False),
    (LifespanManager, "startup", ["self"], True),
    (LifespanManager, "shutdown", ["self"], True),
]
# Attributes that an instance has once `method` has run, there or in a base class.
ATTRIBUTES: list[tuple[type, str, set[str]]] = [
    (BodyReceiver, "__init__", {"protocol", "_chunks", "_complete"}),
    (
        ASGIProtocol,
        "__init__",
        {"worker", "transport", "_max_buffer_size", "_request_ready", "_awaiting_request", "_body_receiver", "_current_request"},
    ),
    (ASGIProtocol, "_start_http1", {"_request_ready"}),
    (ASGIProtocol, "_on_headers_complete", {"_current_request", "_body_receiver"}),
    (ASGIWorker, "__init__", {"loop", "servers", "state", "nr_conns", "_quick_shutdown", "alive", "ppid", "sockets", "cfg", "log"}),
    (ASGIWorker, "load_wsgi", {"asgi"}),
]  # fmt: skip


def broken(what: str) -> str:
    return f"gunicorn {gunicorn.__version__} {what}, which rustrak/run/gunicorn_internals.py relies on"


def assigned(owner: type, method: str) -> set[str]:
    """The attributes of `self` that `method` assigns, in `owner` and the classes it derives from."""
    found: set[str] = set()
    for cls in owner.__mro__:
        if method in vars(cls) and cls.__module__.startswith("gunicorn"):
            found |= set(
                re.findall(
                    r"self\.(\w+)(?:, self\.\w+)*(?:: [^=\n]+)? = ", inspect.getsource(vars(cls)[method])
                )
            )
    return found  # fmt: skip


@pytest.mark.parametrize(
    ("owner", "name", "parameters", "is_coroutine"),
    METHODS,
    ids=[f"{owner.__name__}.{name}" for owner, name, _, _ in METHODS],
)
def test_the_methods_are_there(owner: type, name: str, parameters: list[str], is_coroutine: bool) -> None:
    method = getattr(owner, name, None)
    assert method is not None, broken(f"has no {owner.__name__}.{name}")
    found = list(inspect.signature(method).parameters)
    assert found == parameters, broken(f"has {owner.__name__}.{name}({', '.join(found)})")
    kind = "is" if is_coroutine else "is not"
    assert inspect.iscoroutinefunction(method) == is_coroutine, broken(f"changed whether {name} {kind} async")


@pytest.mark.parametrize(
    ("owner", "method", "names"),
    ATTRIBUTES,
    ids=[f"{owner.__name__}.{method}" for owner, method, _ in ATTRIBUTES],
)
def test_the_attributes_are_set(owner: type, method: str, names: set[str]) -> None:
    missing = names - assigned(owner, method)
    assert not missing, broken(f"does not set {', '.join(sorted(missing))} in {owner.__name__}.{method}")


def test_the_exit_code_and_the_exception_are_there() -> None:
    assert isinstance(getattr(Arbiter, "WORKER_BOOT_ERROR", None), int), broken(
        "has no Arbiter.WORKER_BOOT_ERROR"
    )
    assert issubclass(LifespanStartupFailed, Exception), broken("has no LifespanStartupFailed")


def private_names(source: str) -> set[str]:
    """The names with one leading underscore that a module reads or writes on other objects, or defines in classes."""
    tree = ast.parse(source)
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {name for name in used | defined if re.match(r"_[^_]", name)}  # fmt: skip


def test_every_private_name_that_is_used_is_in_the_contract() -> None:
    listed = {name for _, name, _, _ in METHODS} | {name for _, _, names in ATTRIBUTES for name in names}
    used = private_names(Path(gunicorn_internals.__file__).read_text())
    assert used - listed == set()
    assert {name for name in listed if re.match(r"_[^_]", name)} - used == set(), "no longer used"


def test_no_other_module_uses_gunicorns_workers_or_protocol() -> None:
    found = [
        sources.name(path)
        for path in sources.SOURCES
        if re.search(r"gunicorn\.(asgi|workers|arbiter|http)\b", path.read_text())
    ]
    assert found == ["rustrak/run/gunicorn_internals.py"]
    ours = private_names((RUN / "worker.py").read_text())
    assert (
        ours & (set(dir(ASGIProtocol)) | set(dir(ASGIWorker)) | assigned(ASGIProtocol, "__init__")) == set()
    )


def serving(answer: Callable[[Any, Any, Any], Any], body: Callable[[Worker, Any], Any]) -> None:
    async def main(worker: Worker, connect: Any) -> None:
        worker.asgi = answer  # type: ignore[method-assign]
        await body(worker, connect)

    serve(main)


async def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen within 3 s")


def test_a_connection_says_whether_it_is_idle_or_has_a_request() -> None:
    go_on = asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await go_on.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def body(worker: Worker, connect: Any) -> None:
        reader, writer = await connect()
        await eventually(lambda: bool(worker.protocols))
        (connection,) = worker.protocols
        await eventually(lambda: connection.is_idle)
        assert not connection.has_request
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        await asyncio.sleep(0.05)
        assert (connection.is_idle, connection.has_request) == (True, False), "half a head is not a request"
        writer.write(b" x\r\n\r\n")
        await eventually(lambda: connection.has_request)
        assert not connection.is_idle
        go_on.set()
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        await eventually(lambda: connection.is_idle and not connection.has_request)

    serving(answer, body)


def test_a_body_is_read_only_as_the_application_asks_for_it() -> None:
    size, received, asked = 16 * 1024 * 1024, 0, asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        nonlocal received
        await asked.wait()
        while True:
            message = await receive()
            received += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def body(worker: Worker, connect: Any) -> None:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await eventually(lambda: any(one.has_request for one in worker.protocols))
        await asyncio.sleep(0.2)
        (connection,) = worker.protocols
        # One read may exceed the limit: asyncio and uvloop read up to 256 KiB at once.
        assert 0 < connection._body_receiver.buffered < 512 * 1024
        assert writer.transport.get_write_buffer_size() > 0, "the rest is still with the client"
        asked.set()
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        assert received == size

    serving(answer, body)


def test_chunks_that_arrived_together_are_one_message() -> None:
    """A client may send its body in chunks of one byte each."""
    sizes: list[int] = []

    async def body(worker: Worker, connect: Any) -> None:
        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            while True:
                message = await receive()
                sizes.append(len(message["body"]))
                if not message["more_body"]:
                    break
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

        worker.asgi = asgi  # type: ignore[method-assign]
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n")
        assert b" 200 " in await reader.readline()

    serve(body)
    assert sum(sizes) == 5000
    assert len(sizes) < 50
