from __future__ import annotations

from typing import Any

from issues.payload.smart.place import NOWHERE, place
from tests.lib.growth import assert_linear


def _frame(function: str, *, in_app: bool | None = True, **over: Any) -> dict[str, Any]:
    return {"module": "shop", "function": function, "in_app": in_app, **over}


def _names(frames: list[dict[str, Any]], platform: str = "python") -> tuple[str, ...]:
    return place(frames, platform, flagged=True).names


def test_the_place_is_the_function_of_the_application_that_was_called_last() -> None:
    library = _frame("execute", in_app=False, module="psycopg.cursor")
    assert _names([_frame("view"), _frame("total"), library]) == ("shop.total",)
    assert _names([_frame("job", lineno=3), _frame("total", lineno=9)]) == ("shop.total",)


def test_without_a_frame_of_the_application_it_is_the_last_call() -> None:
    frames = [_frame("run", in_app=False), _frame("execute", in_app=False)]
    assert place(frames, "python", flagged=False).names == ("shop.execute",)
    assert place([], "python", flagged=False) == NOWHERE


def test_the_caller_counts_where_a_function_throws_for_others() -> None:
    assert _names([_frame("view"), _frame("total"), _frame("assert_valid")]) == (
        "shop.assert_valid",
        "shop.total",
    )


def test_minified_frames_are_passed_over() -> None:
    bundle = {"filename": "main.3f2a9b1c.js", "module": None}
    frames = [_frame("checkout", **bundle), _frame("t", **bundle), _frame("e", **bundle)]
    assert _names(frames, "javascript") == ("checkout",)
    assert _names(frames[1:], "javascript") == ()


def test_recursion_is_folded() -> None:
    start = [_frame("main")]
    circle = [_frame("a"), _frame("b"), _frame("c")]
    found = {place([*start, *(circle * 9)[:end]], "python", flagged=True).names for end in range(9, 27)}
    assert found == {("shop.a", "shop.b", "shop.c")}
    deep, deeper = (_names([*start, *[_frame("walk")] * depth, _frame("leaf")]) for depth in (5, 50))
    assert deep == deeper == ("shop.leaf",)
    assert _names([*start, *[_frame("walk")] * 30]) == ("shop.walk",)


def test_the_source_line_is_that_of_the_function_that_threw() -> None:
    line = "raise ValueError('x')"
    assert place([_frame("total", context_line=line)], "python", flagged=True).line == line
    library = _frame("get", in_app=False)
    assert place([_frame("total", context_line=line), library], "python", flagged=True).line == ""


def test_the_time_is_linear() -> None:
    def work(frames: list[dict[str, Any]]) -> None:
        for flagged in (True, False):
            place(frames, "python", flagged=flagged)

    for of in (True, False, None):
        assert_linear(lambda n, of=of: [_frame(f"f{i}", in_app=of) for i in range(n)], work, largest=1 << 14)
        assert_linear(lambda n, of=of: [_frame("fail", in_app=of)] * n, work, largest=1 << 14)
