"""Inputs that aim at whoever opens a page: what is rendered, highlighted, shortened, linked, marked and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from tests.lib.envelopes import an_item
from tests.lib.hostile.attack import Attack, Kind, Post, envelope, event, items, nested, raw, stacked
from tests.lib.hostile.sources import source


def _many_events(count: int, make: Callable[[int], dict[str, Any]]) -> list[Post]:
    return [post for n in range(count) for post in event(make(n))]


# fmt: off
def _attacks() -> Iterator[Attack]:
    def one(name: str, make: Callable[[], list[Post]], *, example: bool = False, **more: Any) -> Attack:
        return Attack(name, Kind.PAGE, make, example, **more)

    def frame(name: str, members: dict[str, Any], **more: Any) -> Attack:
        return one(name, partial(event, stacked([members])), **more)

    yield frame("a path of 125,000 parts", {"abs_path": "/a" * 125_000, "function": "f"}, example=True)
    yield frame("the same as file name", {"filename": "/a" * 400_000, "function": "f"})
    yield frame("the same as module", {"module": "a." * 400_000, "function": "f"})
    yield frame("the same with site-packages", {"abs_path": "/site-packages" * 60_000})
    yield frame("the same with backslashes", {"abs_path": "\\a" * 400_000})
    yield frame("the same with node_modules", {"abs_path": "/node_modules/@a" * 50_000, "platform": "node"})
    yield frame("a path of 800,000 slashes", {"abs_path": "/" * 800_000})
    yield frame("a path of question marks", {"filename": "?" * 800_000, "abs_path": ".jar!" * 100_000})
    yield frame("a function of angle brackets", {"function": "<" * 900_000})
    yield frame("a function of colons", {"function": "::{closure}" * 60_000})
    yield one("6,600 placeholders and 20,000 emoji", lambda: event({"logentry": {"message": "%s" * 4000, "params": ["\U0001f600" * 20_000] * 4}}))
    yield one("placeholders and one parameter", lambda: event({"logentry": {"message": "{0}" * 6600, "params": ["\U0001f600" * 20_000]}}), example=True)
    yield one("placeholders by name", lambda: event({"logentry": {"message": "%(a)s" * 6600, "params": {"a": "\U0001f600" * 50_000}}}))
    yield one("a message of line breaks", lambda: event({"message": "\n" * 900_000}))
    yield one("a message of addresses", lambda: event({"message": "http://a.b/ " * 80_000}))
    yield one("a message of marks", lambda: event({"message": "\u202e\u0000\u200b\ud83d" * 40_000}))
    yield one("20,000 frames", lambda: event(stacked([{"function": "f", "lineno": n} for n in range(25_000)])), example=True)
    yield one("20,000 equal frames", lambda: event(stacked([{"function": "f"}] * 50_000)))
    yield one("3,000 frames with source", lambda: event(stacked([source(f"x = {n}  # {'y' * 60}", "py", 3) for n in range(3000)])))
    yield one("frames with long lines", lambda: event(stacked([source("\U0001f600" * 2000, "py", 5) for _ in range(20)])))
    yield one("2,000 frames with variables", lambda: event(stacked([{"function": "f", "vars": {f"v{n}": "x" for n in range(20)}}] * 2000)))
    yield one("5,000 exceptions", lambda: event({"exception": {"values": [{"type": "T", "value": "v" * 20, "stacktrace": {"frames": [{}]}}] * 9000}}))
    yield one("exceptions that are each other's parents", lambda: event({"exception": {"values": [{"type": "T", "mechanism": {"type": "chained", "exception_id": n, "parent_id": (n + 1) % 3000, "is_exception_group": True}} for n in range(3000)]}}))
    yield one("a chain of 3,000 exceptions", lambda: event({"exception": {"values": [{"type": "T", "mechanism": {"type": "chained", "exception_id": n, "parent_id": max(0, n - 1)}} for n in range(3000)]}}))
    yield one("5,000 threads", lambda: event({"message": "m", "threads": {"values": [{"id": n, "name": "t", "stacktrace": {"frames": [{"function": "f"}] * 3}} for n in range(5000)]}}))
    yield one("100,000 variables", lambda: event(stacked([{"vars": {f"v{n}": n for n in range(60_000)}}])), example=True)
    yield one("variables 200 levels deep", lambda: event(stacked([{"vars": {f"v{n}": nested(200) for n in range(400)}}] * 1)))
    yield one("variables of long texts", lambda: event(stacked([{"vars": {"v": "\U0001f600<&" * 60_000}}])))
    yield one("a text of quotes and backslashes", lambda: event({"message": "m", "extra": {"v": "'\\\"" * 150_000}}))
    yield one("a text that is JSON", lambda: event({"message": "m", "extra": {"v": "[" * 900_000}}))
    yield one("200 breadcrumbs of 5 KB", lambda: event({"message": "m", "breadcrumbs": [{"message": "<" * 2500, "data": {f"k{n}": "v" * 20 for n in range(80)}}] * 230}))
    yield one("breadcrumbs with odd times", lambda: event({"message": "m", "breadcrumbs": [{"timestamp": "9" * 4000, "message": "m"}] * 200}))
    yield one("breadcrumbs of addresses", lambda: event({"message": "m", "breadcrumbs": [{"type": "http", "data": {"url": "http://a/?" + "a=&" * 1300}}] * 200}))
    yield one("a request body of 900 KB", lambda: event({"message": "m", "request": {"data": {f"k{n}": [n] for n in range(50_000)}}}))
    yield one("a request body as text", lambda: event({"message": "m", "request": {"data": '{"a":' * 180_000, "headers": {"Content-Type": "application/json"}}}))
    yield one("a query string of 900 KB", lambda: event({"message": "m", "request": {"url": "http://a/", "query_string": "a=%ff&" * 150_000}}))
    yield one("a query string of pairs", lambda: event({"message": "m", "request": {"query_string": [["a", "b"]] * 90_000}}))
    yield one("cookies of 900 KB", lambda: event({"message": "m", "request": {"cookies": 'a="\\;; ' * 120_000}}))
    yield one("50,000 headers", lambda: event({"message": "m", "request": {"headers": [["A", "b"]] * 90_000}}))
    yield one("a user agent of 900 KB", lambda: event({"message": "m", "request": {"headers": {"User-Agent": "Mozilla/5.0 (" * 70_000}}}))
    yield one("an address of 900 KB", lambda: event({"message": "m", "request": {"url": "http://" + "a@" * 440_000}}))
    yield one("20,000 contexts", lambda: event({"message": "m", "contexts": {f"c{n}": {"type": "os", "name": "x"} for n in range(25_000)}}))
    yield one("contexts with wide values", lambda: event({"message": "m", "contexts": {"device": {f"k{n}": n for n in range(70_000)}}}))
    yield one("50,000 tags", lambda: event({"message": "m", "tags": {f"k{n}": "v" * 5 for n in range(50_000)}}))
    yield one("a user of 50,000 members", lambda: event({"message": "m", "user": {f"k{n}": "v" for n in range(60_000)}}))
    yield one("extra of 60,000 members", lambda: event({"message": "m", "extra": {f"k{n}": n for n in range(70_000)}}))
    yield one("extra of 100,000 lists", lambda: event({"message": "m", "extra": {"a": [[0], {"b": 0}] * 60_000}}))
    yield one("integers of 4,000 digits", lambda: event({"message": "m", "extra": {"a": [10**3999] * 240}}))
    yield one("unknown members", lambda: event({"message": "m", **{f"k{n}": [n] for n in range(60_000)}}))
    yield one("remarks of the SDK without end", lambda: event({"message": "m", "extra": {"a": "b"}, "_meta": {"extra": {f"k{n}": {"": {"rem": [["x", "s", 0, 9]]}} for n in range(20_000)}}}))
    yield one("remarks 200 levels deep", lambda: event({"message": "m", "_meta": {"extra": nested(200, {"": {"len": 9}})}}))
    yield one("marks in one text", lambda: event({"extra": {"a": "b" * 400_000}, "_meta": {"extra": {"a": {"": {"rem": [["x", "s", n, n + 1] for n in range(30_000)]}}}}}))
    yield one("a grouping key of 900 KB", lambda: event({"message": "m", "fingerprint": ["\U0001f600" * 90_000]}))
    yield one("notes on every field", lambda: event({"message": "m", "tags": [[]] * 5000, "level": {"a": "b" * 9000}, "user": 3, "contexts": [1] * 9000, "breadcrumbs": [1] * 9000}))
    yield one("50,000 modules", lambda: event({"message": "m", "modules": {f"m{n}": "1" for n in range(50_000)}}))
    yield one("20,000 images", lambda: event({"message": "m", "debug_meta": {"images": [{"type": "elf", "image_addr": "0x0", "debug_id": "a"}] * 18_000}}))
    yield one("a CSP report of 900 KB", lambda: event({"message": "m", "csp": {"violated_directive": "img-src " * 50_000, "original_policy": "a; " * 150_000}}))
    yield one("an event of 8 MB", lambda: event({"message": "m" * 9000, "extra": {f"k{n}": "v" * 60 for n in range(100_000)}}))
    yield one("titles of 1,024 emoji", lambda: _many_events(60, lambda n: {"exception": {"values": [{"type": f"T{n}", "value": "\U0001f600" * 1024}]}}))
    yield one("feedback of addresses", lambda: items("feedback", [{"contexts": {"feedback": {"message": f"{n} " + "http://a.b/" * 900, "url": "http://" + "a" * 900}}} for n in range(100)]), pages=("/projects/SLUG/feedback/",))
    yield one("feedback of line breaks", lambda: items("feedback", [{"contexts": {"feedback": {"message": f"{n}" + "\n" * 9000}}} for n in range(100)]))
    yield one("500 monitors", lambda: items("check_in", [{"monitor_slug": f"m{n}", "status": "error", "monitor_config": {"schedule": [1, "minute"]}} for n in range(490)]), pages=("/projects/SLUG/monitors/m1/",))
    yield one("a monitor with 100 environments", lambda: items("check_in", [{"monitor_slug": "m", "status": "error", "environment": f"e{n % 100}"} for n in range(490)]), pages=("/projects/SLUG/monitors/m/",))
    yield one("monitors of odd names", lambda: items("check_in", [{"monitor_slug": "\u202e<b>\u200b" * 40 + f"{n}", "status": "error"} for n in range(490)]))
    yield one("a release in each event", lambda: [p for n in range(300) for p in event({"message": "m", "release": f"r{n}"})], pages=("/projects/SLUG/releases/one/?release=r1",))
    yield one("1,000 releases", lambda: [p for k in range(10) for p in items("session", [{"sid": f"{n}", "init": True, "attrs": {"release": f"r{n}" + "x" * 190}} for n in range(100 * k, 100 * k + 100)])])
    yield one("attachments that look like text", lambda: [envelope(*[an_item("attachment", raw({"a": ["<" * 40]}) * 1000, filename=f"{n}.json", content_type="application/json") for n in range(20)], event_id="a" * 32)])
    yield one("a text file of brackets", lambda: [envelope(an_item("attachment", b"[" * 65_000, filename="a.json"), an_item("event", b'{"message":"m"}'), event_id="a" * 32)])
    yield one("500 discards with odd reasons", lambda: items("client_report", [{"discarded_events": [{"reason": f"r{n}{k}", "category": f"c{k}", "quantity": 1} for k in range(100)]} for n in range(100)]))
    for name, text in (
        ("words", "a " * 250),
        ("wildcards", "%_" * 250),
        ("brackets", "[" * 500),
        ("emoji", "\U0001f600 " * 120),
        ("dashes", "a-" * 240 + "1"),
    ):
        found = quote(text[:500])
        yield one(f"a search of {name}", lambda: _many_events(80, lambda n: {"exception": {"values": [{"type": f"T{n}" + "a" * 120, "value": "aA%_[" * 200}]}}), example=name == "words", pages=(f"/api/projects/PROJECT/issues?query={found}", f"/projects/SLUG/issues/?query={found}", f"/projects/SLUG/issues/?q={found}", f"/api/projects/PROJECT/issues?cursor={found}"))


# fmt: on


ATTACKS = list(_attacks())
