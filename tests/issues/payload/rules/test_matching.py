from __future__ import annotations

from typing import Any

import pytest

from issues.payload.rules.facts import LONGEST_OF_FRAMES, MOST_FRAMES, Facts
from issues.payload.rules.matching import RuleSet, Verdict, compiled
from issues.payload.rules.parsing import parse
from tests.lib.growth import assert_linear

EVENT: dict[str, Any] = {
    "exception": {
        "values": [
            {"type": "Cause", "value": "connection RESET by peer"},
            {
                "type": "ConnectionError",
                "value": "Timeout after 3 s",
                "stacktrace": {
                    "frames": [
                        {"function": "main", "module": "app", "filename": "app.py", "in_app": True},
                        {"function": "send", "module": "net.http", "abs_path": "C:\\libs\\net\\Http.py", "in_app": False},
                    ]
                },
            },
        ]
    },
    "logentry": {"message": "paid %s", "params": ["ana"]},
    "level": "warn", "logger": "shop.log", "platform": "python", "transaction": "/pay", "release": "shop@1",
    "server_name": "web-1", "sdk": {"name": "sentry.python"}, "tags": {"my tag": "x y"},
}  # fmt: skip


def takes(matchers: str, event: dict[str, Any] = EVENT) -> bool:
    parsed = parse(f"{matchers} -> a")
    assert not parsed.mistakes
    return RuleSet(parsed.rules).first(Facts(event)) == 0


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        # Any exception of the chain; case as documented.
        ("type:ConnectionError", True), ("type:Cause", True), ("type:cause", False), ("value:*reset*", True),
        # Of one and the same exception.
        ("type:Cause value:timeout*", False), ("type:Cause value:*peer", True),
        ("type:Cause !value:*reset*", False), ("type:Cause !value:timeout*", True), ("!type:Cause", False),
        # The message, filled in and as it was sent, and the values.
        ("message:'paid ana'".replace("'", '"'), True), ('message:"PAID %s"', True), ("message:*timeout*", True),
        ("!message:*timeout*", False), ("!message:other", True),
        # Any frame, but one for all.
        ("function:main", True), ("function:Main", False), ("module:net.*", True), ("function:main module:net.*", False),
        ("function:send module:net.*", True), ("file:**/net/*.py", True), ("path:c:/libs/**", True), ("file:app.py", True),
        ("app:yes function:main", True), ("app:yes function:send", False), ("!function:send", False),
        ("function:* !module:net.*", True), ("!module:other", True),
        # The event.
        ("level:warning", True), ("level:error", False), ("logger:shop.*", True), ("transaction:/pay", True),
        ("release:shop@*", True), ("environment:*", False), ("platform:PYTHON", True), ("family:other", True),
        ("family:native", False), ("sdk:sentry.*", True), ("tag.server_name:web-*", True), ('tags."my tag":"x y"', True),
        ("tags.logger:shop.log", True), ("tags.level:warning", True), ("!tags.none:*", True), ("tags.none:*", False),
    ],
)  # fmt: skip
def test_matchers(matchers: str, expected: bool) -> None:
    assert takes(matchers) is expected


def test_events_without_anything() -> None:
    assert not takes("type:* function:* message:*", {})
    assert takes("!type:* !function:* !message:*", {"exception": 3, "tags": "x", "level": []})
    thread = {"threads": {"values": [{"crashed": True, "stacktrace": {"frames": [{"function": "f"}]}}]}}
    assert takes("function:f", thread)


def test_the_first_rule_that_matches_decides() -> None:
    rules = compiled(
        'type:Other -> a\ntype:C* -> b {{ type }} title="Of {{ logger }}" level=info\ntype:* -> drop', 7
    )
    assert rules.decide(EVENT, None, lambda: "k") == Verdict(7, 2, ("b", "{{ type }}"), "Of shop.log", 20)
    dropped = rules.decide({"exception": [{"type": "X"}]}, None, lambda: "k")
    assert dropped == Verdict(7, 3, drop=True)
    assert rules.decide({"message": "m"}, None, lambda: "k") is None


def test_what_is_looked_at_is_bounded_and_takes_linear_time() -> None:
    text = "\n".join(
        f"function:*a?a{number} file:**/x/*{number} message:*a?{number} -> b" for number in range(200)
    )
    rules = compiled(text, 1)
    assert len(rules.rules) == 200

    def event(size: int) -> dict[str, Any]:
        frames = [{"function": f"{'a' * 40}{number}", "filename": "x/" * 20} for number in range(size)]
        thrown = [{"type": "E", "value": "a" * 40, "stacktrace": {"frames": frames[:10]}}] * size
        return {"exception": thrown, "stacktrace": frames, "message": "a" * 40 * size}

    assert_linear(event, lambda made: rules.first(Facts(made)), largest=1 << 14)
    assert len(Facts({"stacktrace": [{"function": "f"}] * 1000}).column("function")) == MOST_FRAMES
    long = Facts({"stacktrace": [{"function": "f" * 1000}] * 300})
    assert len(long.joined("function").replace("\n", "")) <= LONGEST_OF_FRAMES
