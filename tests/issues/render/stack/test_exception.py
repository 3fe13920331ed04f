from __future__ import annotations

from typing import Any

import pytest

from issues.render.room import Room
from issues.render.stack.exception import chain, mechanism
from issues.render.stack.frames import Frame
from issues.render.stack.hidden import HiddenFrames
from issues.render.stack.reading import Reading
from issues.render.stack.trace import stack
from tests.lib.payloads import recorded

PYTHON = Reading("python")


def frame(function: str, line: int = 1, *, in_app: bool | None = None, **more: Any) -> dict[str, Any]:
    sent = {"function": function, "filename": "shop/cart.py", "lineno": line, **more}
    return sent if in_app is None else {**sent, "in_app": in_app}


def test_exceptions_are_newest_first() -> None:
    shown = chain(recorded("python-chained")["exception"]).thrown
    assert [one.type for one in shown] == ["PaymentError", "ValueError", "KeyError"]
    assert [one.relation for one in shown] == ["", "caused by", "caused by"]


def test_a_context_and_a_cause_are_worded_differently() -> None:
    values = [
        {"type": "Inner", "mechanism": {"exception_id": 1, "parent_id": 0, "source": "__context__"}},
        {"type": "Outer", "mechanism": {"exception_id": 0}},
    ]
    assert [(one.type, one.relation) for one in chain(values).thrown] == [
        ("Outer", ""),
        ("Inner", "raised while handling"),
    ]


def test_a_group_is_a_tree() -> None:
    shown = chain(recorded("python-group")["exception"]).thrown
    assert [(one.type, one.value and one.value.text, one.relation, one.depth, one.open) for one in shown] == [
        ("ExceptionGroup", "many", "", 0, True),
        ("ValueError", "v0", "1 of 2 in the group", 1, True),
        ("ExceptionGroup", "inner", "2 of 2 in the group", 1, False),
        ("ValueError", "v1", "1 of 2 in the group", 2, True),
        ("ValueError", "v2", "2 of 2 in the group", 2, False),
    ]


def test_a_cause_below_a_member_of_a_group() -> None:
    shown = chain(recorded("node-aggregate")["exception"]).thrown
    assert [(one.type, one.relation, one.depth) for one in shown] == [
        ("AggregateError", "", 0),
        ("Error", "1 of 2 in the group", 1),
        ("PaymentError", "2 of 2 in the group", 1),
        ("TypeError", "caused by", 1),
    ]


def test_rings_and_orphans_are_shown_once() -> None:
    values = [
        {"type": "A", "mechanism": {"exception_id": 1, "parent_id": 2}},
        {"type": "B", "mechanism": {"exception_id": 2, "parent_id": 1}},
        {"type": "C", "mechanism": {"exception_id": 3, "parent_id": 99}},
    ]
    assert sorted(one.type for one in chain(values).thrown) == ["A", "B", "C"]


def test_values_that_are_not_exceptions_are_shown_as_text() -> None:
    assert [one.value and one.value.text for one in chain("boom").thrown] == ["boom"]
    assert [one.value and one.value.text for one in chain([3, {"value": ["a"]}]).thrown] == ['["a"]', "3"]


def test_mechanism() -> None:
    shown = mechanism(
        {
            "type": "excepthook",
            "handled": False,
            "help_link": "javascript:x",
            "meta": {"errno": {"number": 2}},
            "odd": 1,
        }
    )
    assert (shown.type, shown.handled, shown.help_link) == ("excepthook", False, "")
    assert {row.name for row in shown.fields} == {"errno", "odd", "help_link"}
    assert mechanism({"help_link": "https://example.org/e"}).help_link == "https://example.org/e"
    assert mechanism("generic").type == "generic"


def test_raise_point_first_open_and_library_folded() -> None:
    shown = stack(recorded("python-django")["exception"]["values"][0]["stacktrace"], PYTHON)
    top, fold = shown.entries
    assert isinstance(top, Frame)
    assert (top.function, top.line, top.raised, top.open) == ("fail", 19, True, True)
    assert {row.name: row.value.text for row in top.variables.fields}["password"] == "[Filtered]"
    assert isinstance(fold, HiddenFrames)
    assert (fold.kind, fold.count, fold.label) == ("library", 2, "django")


def test_the_applications_topmost_frame_is_the_one_that_opens() -> None:
    shown = stack(
        {"frames": [frame("main", in_app=True), frame("lib", in_app=False), frame("deep", in_app=False)]}
    )
    assert [(entry.kind, entry.open) for entry in shown.entries] == [("library", False), ("frame", True)]
    assert [one.raised for one in shown.frames] == [False, False, True]


def test_nothing_is_folded_when_nothing_is_in_app_or_nothing_is_flagged() -> None:
    for flag in (None, False):
        sent = [frame("a", 1, in_app=flag), frame("b", 2, in_app=flag), frame("c", 3, in_app=flag)]
        shown = stack({"frames": sent})
        assert [entry.kind for entry in shown.entries] == ["frame"] * 3
        assert [one.raised for one in shown.frames] == [True, False, False]


def test_recursion_is_folded_also_through_two_functions() -> None:
    frames = [frame("main"), *[frame("ping", 2), frame("pong", 3)] * 50, frame("end", 9)]
    shown = stack({"frames": frames})
    assert [entry.kind for entry in shown.entries] == ["frame", "frame", "frame", "recursion", "frame"]
    fold = shown.entries[3]
    assert isinstance(fold, HiddenFrames)
    assert fold.count == 98
    assert (len(fold.shown), fold.hidden) == (60, 38)
    assert len(stack({"frames": frames}, Reading(expand_all=True)).entries) == 102


def test_bodies_are_kept_for_the_frames_that_matter() -> None:
    frames = [frame(f"f{n}", n, in_app=n % 2 == 0, context_line="x = 1") for n in range(1, 301)]
    shown = stack({"frames": frames}, PYTHON)
    assert shown.bare == 240
    assert all(one.in_app for one in shown.frames if one.code)
    assert stack({"frames": frames}, Reading("python", expand_all=True)).bare == 0


def test_order_can_be_turned() -> None:
    frames = [frame("a", 1), frame("b", 2)]
    assert [one.function for one in stack({"frames": frames}).frames] == ["b", "a"]
    turned = stack({"frames": frames}, Reading(oldest_first=True)).frames
    assert [(one.function, one.raised) for one in turned] == [("a", False), ("b", True)]


def test_packages_by_the_names_people_use() -> None:
    paths = {
        "/v/lib/python3.12/site-packages/gunicorn/app.py": "gunicorn",
        "/app/node_modules/@scope/lib/index.js": "@scope/lib",
        "/app/node_modules/express/lib/router.js": "express",
        "/usr/lib/ruby/gems/3.1.0/gems/rack-2.2.4/lib/rack.rb": "rack",
        "node:internal/modules": "node",
    }
    for path, package in paths.items():
        sent = [
            frame("main", in_app=True),
            frame("x", in_app=False, abs_path=path),
            frame("top", in_app=True),
        ]
        fold = stack({"frames": sent}).entries[1]
        assert isinstance(fold, HiddenFrames)
        assert fold.label == package


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("github.com/getsentry/sentry-go", "github.com/getsentry/sentry-go"),
        ("github.com/jackc/pgx/v5/pgconn", "github.com/jackc/pgx"),
        ("gopkg.in/yaml.v3", "gopkg.in/yaml.v3"),
        ("go.uber.org/zap", "go.uber.org/zap"),
        ("encoding/json", "encoding/json"),
        ("runtime", "runtime"),
    ],
)
def test_the_package_of_a_go_module(module: str, package: str) -> None:
    sent = [frame("x", module=module, in_app=False), frame("main", in_app=True)]
    hidden = stack({"frames": sent}, Reading("go")).entries[1]
    assert isinstance(hidden, HiddenFrames)
    assert hidden.label == package


def test_the_package_of_a_net_assembly() -> None:
    library = frame("Parse", package="System.Private.CoreLib, Version=8.0.0.0, Culture=neutral", in_app=False)
    hidden = stack({"frames": [library, frame("main", in_app=True)]}, Reading("csharp")).entries[1]
    assert isinstance(hidden, HiddenFrames)
    assert hidden.label == "System.Private.CoreLib"


def test_line_0_is_no_line() -> None:
    (shown,) = stack({"frames": [{"function": "array_map", "filename": "[internal]", "lineno": 0}]}).frames
    assert (shown.line, shown.stray) == (None, None)


def test_wrong_types_in_a_frame_show_as_text() -> None:
    (shown,) = stack({"frames": [{"function": 5, "lineno": "x", "filename": ["f"], "vars": "v"}]}).frames
    assert shown.function == "5"
    assert shown.stray
    assert '"lineno": "x"' in shown.stray.text
    assert shown.variables.fields[0].value.text == '"v"'
    assert stack("gone").stray


def test_frames_without_a_name() -> None:
    assert [
        one.function for one in stack({"frames": [{"function": "?"}, {"instruction_addr": "0x1f"}]}).frames
    ] == [
        "0x1f",
        "<anonymous>",
    ]


def test_a_stack_without_room_is_not_said_to_be_missing() -> None:
    shown = stack({"frames": [frame("total")] * 3}, PYTHON, Room(frames=0))
    assert shown
    assert shown.omitted == "The 3 oldest frames are only in the JSON."


def of(source: str = "", parent: int | None = 0, number: int = 1, **more: Any) -> dict[str, Any]:
    found = {"exception_id": number, "parent_id": parent, "source": source, **more}
    return {
        "type": f"E{number}",
        "mechanism": {name: value for name, value in found.items() if value is not None},
    }


def test_each_relation_has_its_words() -> None:
    for sent, words in (
        ({"source": "__cause__"}, "caused by"),
        ({"source": "__context__"}, "raised while handling"),
        ({"source": "InnerException"}, "caused by"),
        ({"source": "unwrap"}, "caused by"),
        ({"type": "suppressed"}, "suppressed exception"),
        ({"source": "suppressed[0]"}, "suppressed exception"),
        ({"source": "errors[0]"}, "together with"),
        ({}, "caused by"),
        ({"source": 5, "type": ["x"]}, "caused by"),
    ):
        values = [of(**sent), of(number=0, parent=None)]
        assert [one.relation for one in chain(values).thrown] == ["", words]
    # Without numbers, too.
    values = [{"type": "A", "mechanism": {"type": "suppressed"}}, {"type": "B"}]
    assert [one.relation for one in chain(values).thrown] == ["", "suppressed exception"]


def test_a_relation_to_one_that_is_not_the_one_above_names_it() -> None:
    values = [
        of(number=3, parent=0, type="suppressed"),
        of(number=2, parent=1),
        of(number=1),
        of(number=0, parent=None),
    ]
    assert [(one.type, one.relation, one.depth) for one in chain(values).thrown] == [
        ("E0", "", 0),
        ("E1", "caused by", 0),
        ("E2", "caused by", 0),
        ("E3", "suppressed exception of E0", 1),
    ]


def test_a_cause_below_a_suppressed_exception_names_what_it_caused() -> None:
    values = [of("__context__", number=2), of(number=1, type="suppressed"), of(number=0, parent=None)]
    assert [one.relation for one in chain(values).thrown] == [
        "",
        "suppressed exception",
        "being handled when E0 was raised",
    ]
    values = [of(number=2), of(number=1, type="suppressed"), of(number=0, parent=None)]
    assert chain(values).thrown[2].relation == "cause of E0"


def test_a_suppressed_exception_is_no_member_of_a_group() -> None:
    values = [
        of(number=2, type="suppressed"), of("errors[0]", number=1), of(number=0, parent=None, is_exception_group=True)
    ]  # fmt: skip
    assert [one.relation for one in chain(values).thrown] == [
        "",
        "1 of 1 in the group",
        "suppressed exception of E0",
    ]
