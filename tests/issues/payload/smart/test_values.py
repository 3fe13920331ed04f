from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.smart.values import LONGEST_RESULT, normal, pieces
from tests.lib.growth import assert_linear

# Lines that must become the same, and what they become.
SAME = [
    (["only 1 left", "only 2 left", "only 1,024 left"], "only <*> left"),
    (["only 1 item left", "only 22 items left"], "only <*> item left"),
    (["user 3f2a9bc1-aaaa-4bbb-8ccc-1234567890ab is gone", "user 12 is gone"], "user <*> is gone"),
    (["cannot reach 10.0.0.1:5432", "cannot reach fe80::1%eth0", "cannot reach db-2.internal:5432"], "cannot reach <*>"),
    (["mail to jane@example.com", "mail to a.b+c@mail.example.org"], "mail to <*>"),
    (["<Cart object at 0x7f2ca7fbed10> is empty", "<Cart object at 0x1> is empty"], "<Cart object at <*>> is empty"),
    (["com.shop.Cart@1b2c3d failed", "com.shop.Cart@ffffff failed"], "com.shop.Cart@<*> failed"),
    (["since 2026-11-27T01:36:31.5Z", "since 27 Nov 2026 10:00 PM UTC", "since Fri, Nov 27"], "since <*>"),
    (["no \"jane\" here", "no 'a b' here", "no “x” here", "no `y` here", "no «z» here"], "no <*> here"),
    (["read /srv/app/x.py", "read C:\\Program Files\\x\\y.txt", "read ../a/b"], "read <*>"),
    (["GET https://a.example/x?y=1 failed", "GET https://b.example/z(1),2 failed"], "GET <*> failed"),
    (["took 12 ms", "took 1.5 s", "took 3GB"], "took <*>"),
    (["commit 3f2a9bc is bad", "commit deadbeefcafe is bad", "commit da39a3ee5e6b4b0d3255bfef95601890 is bad"], "commit <*> is bad"),
    (["charge cus_9s6XKzkNRiz8i3", "charge eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.abc"], "charge <*>"),
    (["pay %s of %(who)s", "pay {0:N2} of {OrderId}", "pay 5 of 'x'"], "pay <*> of <*>"),
    (["ids [1, 2, 3]", "ids [4]"], "ids [<*>]"),
    (["库存只剩1件", "库存只剩20件"], "库存只剩<*>件"),
    (["for name=bob", "for name=alice"], "for name=<*>"),
]  # fmt: skip


def test_lines_that_differ_in_values_become_the_same() -> None:
    for lines, expected in SAME:
        assert [normal(line).text for line in lines] == [expected] * len(lines)


@pytest.mark.parametrize(
    "line",
    ["don't do that", "and/or", "<b>bold</b>", "application/json is not supported", "Timeout.", "java.util.concurrent.TimeoutException", "a - b"],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_value_stays(line: str) -> None:
    assert normal(line).text == line


def test_what_is_left_of_a_useless_message_tells_nothing() -> None:
    for line in (
        "'sku-9'",
        "42",
        "",
        "Error",
        "undefined",
        "[object Object]",
        "An error occurred.",
        '{"a": 1}',
    ):
        assert not normal(line).is_useful
    assert normal("only 3 left").is_useful


def test_names_in_code_are_no_values_but_minified_ones_are_dropped() -> None:
    assert normal("Cannot read properties of undefined (reading 'price')").text.endswith("(reading price)")
    safari = "undefined is not an object (evaluating 'e.t.price')"
    assert normal(safari).text == "undefined is not an object (evaluating price)"
    assert normal("no user with name 'price'").text == "no user with name <*>"


def test_words_that_the_line_of_code_does_not_have_are_values() -> None:
    code = 'raise ValueError(f"user {name} has no cart")'
    assert normal("user alice smith has no cart", code).text == "user <*> has no cart"
    # Too little of the message is in the code: somebody else made it.
    assert normal("connection refused by peer", "session.get('/cart')").text == "connection refused by peer"


def test_the_first_line_counts_and_the_result_is_bounded() -> None:
    assert normal("\n only 3 left\nand more").text == "only <*> left"
    assert len(normal("word " * 500).text) <= LONGEST_RESULT


@given(st.text(max_size=200))
def test_pieces_are_the_whole_line(line: str) -> None:
    assert "".join(piece.before for piece in pieces(line)) == line
    assert normal(line) == normal(line)


def test_the_time_is_linear() -> None:
    for unit in (
        '"',
        "“",
        "'a ",
        "a@",
        "0",
        "a1 ",
        "{",
        "%(",
        "A://",
        "\\",
        "<*>",
        "a=",
        "x1,",
        "Jan 1 ",
        "0x",
        "a.b",
        "1:",
    ):
        assert_linear(lambda n, unit=unit: unit * n, pieces, smallest=1 << 8, largest=1 << 12)
