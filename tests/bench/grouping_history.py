"""A made-up history of events whose bugs are known: each bug strikes often, with other values, callers, hosts and builds.

What differs between the events of a bug is what differs in production; the cases that a mechanism must get wrong are among
them, such as names without quotes in messages.
"""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: How often each bug strikes.
TIMES = 40
_SEED = 14


@dataclass(frozen=True)
class Thrown:
    """An exception: `message` with fields such as `{int}`, and the functions of the application below the callers, as (file, function).

    `code` is the line of code that threw, if it is sent.
    """

    type: str
    message: str
    functions: tuple[tuple[str, str], ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Bug:
    """One bug. `callers` are entry points that lead to it, `transactions` what the event says of them."""

    name: str
    platform: str
    chain: tuple[Thrown, ...]
    callers: tuple[tuple[str, str], ...] = (("views", "order"), ("jobs", "nightly"))
    transactions: tuple[str, ...] = ("/orders/{{pk}}", "jobs.nightly")
    is_minified: bool = False
    is_log: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


_NAMES = ("alice", "bob", "carol", "dave", "erin", "frank")
_FIELDS: dict[str, Callable[[random.Random], str]] = {
    "int": lambda rng: str(rng.randint(1, 10**rng.randint(1, 7))),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "hex": lambda rng: f"0x{rng.getrandbits(44):012x}",
    "hash": lambda rng: f"{rng.getrandbits(160):040x}",
    "ip": lambda rng: ".".join(str(rng.randint(1, 254)) for _ in range(4)),
    "host": lambda rng: f"db-{rng.randint(1, 9)}.{rng.choice(('eu', 'us'))}.internal",
    "path": lambda rng: f"/srv/releases/{rng.randint(10**7, 10**8)}/{rng.choice(_NAMES)}.csv",
    "mail": lambda rng: f"{rng.choice(_NAMES)}{rng.randint(1, 99)}@example.org",
    "date": lambda rng: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:07",
    "token": lambda rng: "cus_" + "".join(rng.choices(string.ascii_letters + string.digits, k=14)),
    "quoted": lambda rng: f"'{rng.choice(_NAMES)}-{rng.randint(1, 99)}'",
    "word": lambda rng: rng.choice(_NAMES),
}  # fmt: skip


def _t(type_: str, message: str, *functions: str, code: str = "") -> Thrown:
    """`functions` are `file:function`."""
    return Thrown(
        type_, message, tuple((each.partition(":")[0], each.partition(":")[2]) for each in functions), code
    )


BUGS = (
    Bug("stock", "python", (_t("Scarce", "only {int} left", "stock:take"),)),
    Bug("stock of another function", "python", (_t("Scarce", "only {int} left", "refunds:give"),)),
    Bug("key", "python", (_t("KeyError", "{quoted}", "cart:total"),)),
    Bug("key elsewhere", "python", (_t("KeyError", "{quoted}", "invoice:render"),)),
    Bug("key in a second line of a function", "python", (_t("KeyError", "'price'", "cart:total", code="item['price']"),)),
    Bug("no such user", "python", (_t("NotFound", "user {uuid} does not exist", "users:load"),)),
    Bug("no such order", "python", (_t("NotFound", "order {int} does not exist", "orders:load"),)),
    Bug("name in words, with source", "python", (_t("ValueError", "user {word} has no cart", "cart:of", code="raise ValueError(f'user {name} has no cart')"),)),
    Bug("name in words, without source", "java", (_t("com.shop.NoCart", "user {word} has no cart", "com.shop.Cart:of"),)),
    Bug("refused", "python", (_t("ConnectionError", "connect to {host}:5432 ({ip}) refused after {int} ms", "db:connect"),)),
    Bug("file", "python", (_t("FileNotFoundError", "[Errno 2] No such file or directory: '{path}'", "reports:read"),)),
    Bug("mail", "python", (_t("SmtpError", "550 mailbox {mail} unavailable since {date}", "mail:send"),)),
    Bug("recursion", "python", (_t("RecursionError", "maximum recursion depth exceeded", *["tree:walk", "tree:visit"] * 20),)),
    Bug("assertion in a helper", "python", (_t("AssertionError", "", "cart:check", "util:assert_valid"),)),
    Bug("assertion in a helper, of another caller", "python", (_t("AssertionError", "", "stock:check", "util:assert_valid"),)),
    Bug("wrapped deadlock", "python", (_t("Deadlock", "process {int} waits for {int}", "db:save"), _t("ServiceError", "request failed", "api:call"))),
    Bug("wrapped timeout", "python", (_t("Timeout", "no answer in {int} s", "http:get"), _t("ServiceError", "request failed", "api:call"))),
    Bug("lambda", "java", (_t("java.lang.NullPointerException", "", "com.shop.Cart:lambda$total${int1}"),)),
    Bug("null elsewhere", "java", (_t("java.lang.NullPointerException", "", "com.shop.Invoice:render"),)),
    Bug("address of an object", "java", (_t("java.lang.IllegalStateException", "com.shop.Cart@{hash8} is closed", "com.shop.Cart:add"),)),
    Bug("cast", "java", (_t("java.lang.ClassCastException", "class com.shop.A cannot be cast to class com.shop.B", "com.shop.Load:read"),)),
    Bug("closure of Go", "go", (_t("*errors.errorString", "dial tcp {ip}:{int}: connect: connection refused", "main:main.Serve.func{int1}"),)),
    Bug("index of Go", "go", (_t("runtime.boundsError", "index out of range [{int}] with length {int}", "cart:(*Cart).At"),)),
    Bug("PHP", "php", (_t("TypeError", "App\\Cart::add(): Argument #1 ($n) must be of type int, string given, called in {path} on line {int}", "Cart:App\\Cart::add"),)),
    Bug("Ruby", "ruby", (_t("NoMethodError", "undefined method 'total' for #<Cart:{hex}>", "cart:block ({int1} levels) in total"),)),
    Bug(".NET", "csharp", (_t("System.InvalidOperationException", "Sequence contains no elements", "Shop.Cart+<Total>d__{int1}:MoveNext"),)),
    Bug("Rust", "native", (_t("panic", "index out of bounds: the len is {int} but the index is {int}", "shop:shop::cart::total::h{hash16}"),)),
    Bug("Swift", "cocoa", (_t("EXC_BAD_ACCESS", "Attempted to dereference null pointer at {hex}", "Cart:closure #{int1} in Cart.total(for:)"),)),
    Bug("Elixir", "elixir", (_t("KeyError", "key :price not found in: %{{id: {int}, name: \"{word}\"}}", "Shop.Cart:Shop.Cart.total/1"),)),
    Bug("minified", "javascript", (_t("TypeError", "Cannot read properties of undefined (reading 'price')", "main:checkout", "main:{min}"),), is_minified=True, transactions=("/orders/{int}", "/cart")),
    Bug("minified, another property", "javascript", (_t("TypeError", "Cannot read properties of undefined (reading 'stock')", "main:addToCart", "main:{min}"),), is_minified=True, transactions=("/orders/{int}", "/cart")),
    Bug("minified in Safari", "javascript", (_t("TypeError", "undefined is not an object (evaluating '{min}.qty')", "main:reorder", "main:{min}"),), is_minified=True, transactions=("/orders/{int}", "/cart")),
    Bug("minified class", "javascript", (_t("{min}", "payment {token} declined", "main:pay", "main:{min}"),), is_minified=True, transactions=("/pay",)),
    Bug("chunk", "javascript", (_t("ChunkLoadError", "Loading chunk {int} failed. (https://cdn.example.org/{hash8}.js)", "main:load"),), is_minified=True, transactions=("/",)),
    Bug("two bugs in one function: first", "node", (_t("Error", "bad currency {quoted}", "pay:charge"),)),
    Bug("two bugs in one function: second", "node", (_t("Error", "bad amount {int}", "pay:charge"),)),
    Bug("one page, equal messages: first", "node", (_t("Error", "timeout", "stock:load"),), transactions=("GET /cart",)),
    Bug("one page, equal messages: second", "node", (_t("Error", "timeout", "prices:load"),), transactions=("GET /cart",)),
    Bug("status 404", "node", (_t("HttpError", "Request failed with status code 404", "api:get"),)),
    Bug("status 500", "node", (_t("HttpError", "Request failed with status code 500", "api:get"),)),
    Bug("the database is down, in many functions: one", "python", (_t("OperationalError", "could not connect to server", "cart:load"),)),
    Bug("log with parameters", "python", (_t("", "charge of %s failed", ""),), is_log=True, extra={"logger": "shop.pay"}),
    Bug("log that was formatted", "go", (_t("", "worker {int} lost lease {uuid} at {date}", ""),), is_log=True),
    Bug("log of an address", "ruby", (_t("", "slow query ({int} ms) from {ip}", ""),), is_log=True),
    Bug("equal logs of two loggers: first", "python", (_t("", "giving up", ""),), is_log=True, extra={"logger": "shop.mail"}, transactions=("worker",)),
    Bug("equal logs of two loggers: second", "python", (_t("", "giving up", ""),), is_log=True, extra={"logger": "shop.sync"}, transactions=("worker",)),
)  # fmt: skip


def history() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of the bug and an event, for TIMES events of each bug; the same ones each time."""
    rng = random.Random(_SEED)  # noqa: S311
    for bug in BUGS:
        for _ in range(TIMES):
            yield bug.name, _event(bug, rng)
    # One cause that strikes wherever the database is used.
    for number in range(TIMES):
        where = _t("OperationalError", "could not connect to server", f"part{number % 5}:load")
        yield BUGS_ACROSS, _event(Bug(BUGS_ACROSS, "python", (where,)), rng)


BUGS_ACROSS = "the database is down, in many functions: one"


def _event(bug: Bug, rng: random.Random) -> dict[str, Any]:
    build = f"{rng.choice((0x3F2A9B1C, 0x77E01A22, 0x0C44D5E6)):08x}"
    names = random.Random(build)  # noqa: S311
    event: dict[str, Any] = {
        "platform": bug.platform,
        "transaction": _filled(rng.choice(bug.transactions), rng, names),
        **bug.extra,
    }
    if bug.is_log:
        said = bug.chain[0].message
        event["logentry"] = {"message": _filled(said, rng, names), "params": [rng.randint(1, 99)]}
        return event
    caller = rng.choice(bug.callers)
    event["exception"] = {"values": [_thrown(bug, one, caller, build, rng, names) for one in bug.chain]}
    return event


def _thrown(
    bug: Bug, one: Thrown, caller: tuple[str, str], build: str, rng: random.Random, names: random.Random
) -> dict[str, Any]:
    functions = one.functions
    if len(functions) > 10:
        # The stack is full in the one or the other function.
        functions = functions[: rng.randint(20, len(functions))]
    frames = [
        _frame(bug, file, _filled(function, rng, names), build, rng)
        for file, function in (caller, *functions)
    ]
    frames = [frame for frame in frames if frame["function"]]
    if frames and one.code:
        frames[-1]["context_line"] = one.code
    elif bug.platform == "python" and rng.random() < 0.5:
        frames.append({"module": "lib.core", "function": f"step{rng.randint(1, 3)}", "in_app": False})
    return {
        "type": _filled(one.type, rng, names),
        "value": _filled(one.message, rng, names),
        "stacktrace": {"frames": frames},
    }


def _frame(bug: Bug, file: str, function: str, build: str, rng: random.Random) -> dict[str, Any]:
    frame: dict[str, Any] = {"function": function, "in_app": True, "lineno": rng.randint(1, 900)}
    if bug.is_minified:
        name = f"https://{rng.choice(('a', 'b'))}.example.org/static/main.{build}.js"
        return frame | {"filename": name, "abs_path": name, "lineno": 1, "colno": rng.randint(600, 90_000)}
    if bug.platform in ("node", "javascript", "ruby"):
        ending = "rb" if bug.platform == "ruby" else "js"
        return frame | {"filename": f"/srv/releases/{rng.randint(10**7, 10**8)}/src/{file}.{ending}"}
    if bug.platform in ("python", "java", "go", "csharp", "elixir"):
        frame["module"] = f"shop.{file}" if bug.platform == "python" else _filled(file, rng, rng)
    return frame


def _filled(template: str, rng: random.Random, names: random.Random) -> str:
    if "{" not in template:
        return template
    values = {name: make(rng) for name, make in _FIELDS.items()}
    values |= {
        "int1": str(rng.randint(0, 9)),
        "hash8": f"{rng.getrandbits(32):08x}",
        "hash16": f"{rng.getrandbits(64):016x}",
    }
    values["min"] = "".join(names.choices(string.ascii_lowercase, k=names.randint(1, 2)))
    return template.format(**values)
