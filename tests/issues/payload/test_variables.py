"""Every variable of Sentry's documentation of fingerprints (docs/protocol.md, "Grouping")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from issues.payload import variables
from issues.payload.fingerprint import LONGEST, grouping_key
from issues.payload.notes import Notes
from tests.lib.growth import assert_linear

FRAMES = [
    {"function": "main", "module": "app", "in_app": True},
    {
        "function": "save",
        "module": "shop.cart",
        "package": "libshop.so",
        "abs_path": "/srv/shop/cart.py",
        "filename": "shop/cart.py",
        "in_app": True,
    },
    {"function": "send", "module": "requests", "in_app": False},
]
EVENT: dict[str, Any] = {
    "exception": {
        "values": [{"type": "Cause"}, {"type": "E", "value": "boom", "stacktrace": {"frames": FRAMES}}]
    },
    "logentry": {"message": "paid %s", "params": ["ana"]},
    "transaction": "/cart",
    "level": "warn",
    "logger": "shop.log",
    "release": "1.2",
    "environment": "prod",
    "server_name": "web-1",
    "tags": {"Цвет": "red", "a b/c": "d", "color": "blue", "Color": "green"},
}
DEFAULT = "E: boom ⋄ /cart"


def key(*parts: Any, event: dict[str, Any] = EVENT) -> str:
    return grouping_key({**event, "fingerprint": list(parts)})


@pytest.mark.parametrize(
    ("part", "filled"),
    [
        ("{{ default }}", DEFAULT),
        ("{{ transaction }}", "/cart"),
        ("{{ error.type }}", "E"),
        ("{{ type }}", "E"),
        ("{{ error.value }}", "boom"),
        ("{{ value }}", "boom"),
        ("{{ message }}", "paid ana"),
        ("{{ stack.function }}", "save"),
        ("{{ function }}", "save"),
        ("{{ stack.module }}", "shop.cart"),
        ("{{ module }}", "shop.cart"),
        ("{{ stack.package }}", "libshop.so"),
        ("{{ package }}", "libshop.so"),
        ("{{ stack.abs_path }}", "/srv/shop/cart.py"),
        ("{{ path }}", "/srv/shop/cart.py"),
        ("{{ stack.filename }}", "shop/cart.py"),
        ("{{ level }}", "warning"),
        ("{{ logger }}", "shop.log"),
        ("{{ release }}", "1.2"),
        ("{{ environment }}", "prod"),
        ("{{ tags.color }}", "blue"),
        ("{{ tags.Color }}", "green"),
        ("{{ tags.Цвет }}", "red"),
        ("{{ tags.a b/c }}", "d"),
        ("{{ tags.server_name }}", "web-1"),
        ("{{ tags.release }}", "1.2"),
        ("{{ tags.level }}", "warning"),
        ("{{type}}", "E"),
        ("  {{   type\t}} ", "E"),
        ("{{ Type }}", "E"),
        ("db-{{ type }}", "db-E"),
        ("{{type}}/{{ transaction }}!", "E//cart!"),
        ("x {{ default }}", f"x {DEFAULT}"),
        ("{{{ type }}}", "{E}"),
        ("{{ type }", "{{ type }"),
        ("{ { type } }", "{ { type } }"),
        ("{{ nonsense }} {{ type }}", "{{ nonsense }} E"),
        (" {{ nonsense }}", " {{ nonsense }}"),
        ("{{ tags. }}", "{{ tags. }}"),
        ("{{}}", "{{}}"),
        (["{{ type }}"], '["{{ type }}"]'),
    ],
)
def test_a_variable_is_filled_in(part: Any, filled: str) -> None:
    assert key(part) == filled


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("transaction", "<no transaction>"),
        ("type", "<no type>"),
        ("value", "<no value>"),
        ("message", "<no message>"),
        ("function", "<no function>"),
        ("module", "<no module>"),
        ("package", "<no package>"),
        ("path", "<no abs_path>"),
        ("stack.filename", "<no filename>"),
        ("level", "error"),
        ("logger", "<no logger>"),
        ("release", "<no release>"),
        ("environment", "<no environment>"),
        ("tags.color", "<no tag color>"),
        ("default", "<unknown> ⋄ <no transaction>"),
    ],
)
def test_what_the_event_does_not_have_is_said(name: str, filled: str) -> None:
    for event in ({}, {"transaction": " ", "tags": {"color": None}, "exception": [], "logger": "\u200b"}):
        assert key(f"{{{{ {name} }}}}", event=event) == filled


def test_the_message_of_an_exception_is_its_value() -> None:
    assert key("{{ message }}", event={"exception": [{"type": "E", "value": "boom"}]}) == "boom"


def test_an_exception_without_a_type_is_an_error() -> None:
    assert key("{{ type }}", event={"exception": [{"value": "boom"}]}) == "Error"


def test_every_name_is_tested() -> None:
    assert len(set(variables.NAMES)) == 20


def test_unknown_variables_are_noted_once_for_each_part() -> None:
    notes = Notes()
    parts = ["a", "{{ one }}{{ one }}", "{{ type }}-{{ two }}"]
    assert grouping_key({**EVENT, "fingerprint": parts}, notes) == "a ⋄ {{ one }}{{ one }} ⋄ E-{{ two }}"
    assert [tuple(note) for note in notes.all()] == [
        ("fingerprint.1", "unknown_variable", "{{ one }}"),
        ("fingerprint.2", "unknown_variable", "{{ two }}"),
    ]


LARGE = "x" * 3000


@pytest.mark.parametrize("name", variables.NAMES)
def test_a_value_is_cut(name: str) -> None:
    frame = {"function": LARGE, "module": LARGE, "package": LARGE, "abs_path": LARGE, "filename": LARGE}
    event = {
        "exception": [{"type": LARGE, "value": LARGE, "stacktrace": {"frames": [frame]}}],
        "transaction": LARGE,
        "logger": LARGE,
        "release": LARGE,
        "environment": LARGE,
    }
    assert len(key(f"{{{{ {name} }}}}", event=event)) <= 1400


@pytest.mark.parametrize(
    "part",
    [
        "{{message}}",
        "{{default}}",
        "{{ {{",
        "{{ x }} ",
        "{{{{{{",
        "}}}}",
        "{{ tags.x }}",
        "{{" + " " * 50,
        "{{ TYPE }}{{ tYpe }}",
    ],
)
def test_filling_in_takes_linear_time_and_is_bounded(part: str) -> None:
    def in_one(number: int) -> dict[str, Any]:
        return {**EVENT, "message": "m" * number, "fingerprint": [part * number]}

    def in_many(number: int) -> dict[str, Any]:
        return {**EVENT, "tags": {f"t{n}": "v" for n in range(number)}, "fingerprint": [part] * number}

    def distinct(number: int) -> dict[str, Any]:
        return {**EVENT, "fingerprint": ["".join(f"{part}{{{{tags.{n}}}}}" for n in range(number))]}

    makes: list[Callable[[int], dict[str, Any]]] = [in_one, in_many, distinct]
    for make in makes:
        assert_linear(make, lambda event: grouping_key(event, Notes()), largest=1 << 15)
        assert len(grouping_key(make(1 << 14))) <= LONGEST
