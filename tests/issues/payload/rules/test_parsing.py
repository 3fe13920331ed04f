from __future__ import annotations

import pytest

from issues.payload import fields
from issues.payload.rules.parsing import parse, shadowed
from issues.payload.rules.syntax import LONGEST_TEXT, MOST_RULES, Matcher, Rule
from tests.lib.growth import assert_linear


def one(text: str) -> Rule:
    parsed = parse(text)
    assert not parsed.mistakes, parsed.mistakes
    (rule,) = parsed.rules
    return rule


def test_the_examples_of_the_documentation() -> None:
    text = """# You can use comments to explain the rules.
    error.type:DatabaseUnavailable -> system-down
    error.value:"connection error: *" -> connection-error, {{ transaction }}
    type:ConnectionError message:"*timeout*" tags.server:web-* -> connection-{{ type }}-{{ transaction }}
    stack.abs_path:"**/my-utils/*.js" -> my-utils, {{ error.type }}
    family:native !stack.module:"myproject::*" -> not-from-my-project
    app:yes stack.function:"assert" -> assert
    stack.function:"query_database" -> {{ default }} {{ transaction }}
    logger:my.package.* level:error -> error-logger, {{ logger }} title="Error from Logger {{ logger }}"
    """
    parsed = parse(text)
    assert not parsed.mistakes
    assert [rule.line for rule in parsed.rules] == list(range(2, 10))
    assert [rule.fingerprint for rule in parsed.rules] == [
        ("system-down",), ("connection-error", "{{ transaction }}"), ("connection-{{ type }}-{{ transaction }}",),
        ("my-utils", "{{ error.type }}"), ("not-from-my-project",), ("assert",), ("{{ default }}", "{{ transaction }}"),
        ("error-logger", "{{ logger }}"),
    ]  # fmt: skip
    assert parsed.rules[4].matchers == (
        Matcher("family", "native"),
        Matcher("module", "myproject::*", negated=True),
    )
    assert parsed.rules[7].title == "Error from Logger {{ logger }}"


def test_what_may_follow_the_arrow() -> None:
    assert one("type:E -> drop # said why").drop
    assert one('type:E -> "drop"').fingerprint == ("drop",)
    changed = one('type:E -> level=warn title="a \\"b\\""')
    assert (changed.fingerprint, changed.level, changed.title) == (None, fields.WARNING, 'a "b"')
    assert one('type:E -> "a, b" c{{type}}d').fingerprint == ("a, b", "c{{type}}d")
    assert one('tag."my tag":"x y" -> a').matchers == (Matcher("tags.my tag", "x y"),)


@pytest.mark.parametrize(
    ("line", "column", "said", "meant"),
    [
        ("typ:X -> a", 1, "nothing called typ", "type:"),
        ("type:E X -> a", 8, "X has no name", "message:*X*"),
        ("type:X", 7, "arrow is missing", ""),
        ("type:X => b", 8, "arrow is written", "->"),
        ("-> b", 1, "Nothing stands before", ""),
        ("type:X ->", 10, "Nothing follows", ""),
        ("type: -> b", 6, "pattern after type: is missing", "type:*"),
        ('type:"X -> b', 6, "not closed", ""),
        ("type:X -> {{ typo }}", 11, "{{ typo }} is not a variable", "{{ type }}"),
        ("type:X -> {{ tag.x }}", 11, "not a variable", "{{ tags.x }}"),
        ("type:X -> {{ type", 11, "not closed", ""),
        ("type:X -> drop, a", 17, "stands alone", '"drop"'),
        ("type:X -> drop level=info", 10, "needs no title", ""),
        ("function:a[] -> a", 10, "write \\[", ""),
        ("level:err -> a", 7, "not a level", ""),
        ("type:X -> level=wrning", 17, "not a level", "warning"),
        ("app:maybe -> a", 5, "yes or no", "app:yes"),
        ("file:/a/**b/c -> a", 6, "stand alone", ""),
        ("message:{a,b}{c,d}{e,f}{g,h}{i,j} -> a", 9, "Braces", ""),
        ("type:X -> colour=red", 11, "title= and level=", '"colour=…"'),
    ],
)
def test_mistakes_say_where_they_are_and_what_could_be_meant(
    line: str, column: int, said: str, meant: str
) -> None:
    parsed = parse(f"type:Ok -> ok\n{line}")
    (mistake,) = parsed.mistakes
    assert len(parsed.rules) == 1
    assert (mistake.line, mistake.column, mistake.meant) == (2, column, meant)
    assert said in mistake.text
    assert str(mistake).startswith(f"Line 2, column {column}: ")


def test_rules_are_bounded() -> None:
    assert "are allowed" in parse("#" * (LONGEST_TEXT + 1)).mistakes[0].text
    assert "more than 200 rules" in parse("type:E -> a\n" * (MOST_RULES + 1)).mistakes[0].text
    assert "longer than 250" in parse(f"type:{'x' * 251} -> a").mistakes[0].text
    assert "longer than 2,000" in parse("type:E -> " + "x" * 2000).mistakes[0].text
    assert "20 matchers" in parse("type:E " * 21 + "-> a").mistakes[0].text
    assert "20 parts" in parse("type:E ->" + " a" * 21).mistakes[0].text


@pytest.mark.parametrize("text", ['tags."', "{{", "a ", "!", "\\", "type:{a,", "[", "type:x -> {{a}}\n"])
def test_time_in_proportion(text: str) -> None:
    assert_linear(lambda size: (f"{text * size}\n" * 16)[:LONGEST_TEXT], parse, largest=1 << 15)


def test_rules_that_an_earlier_one_leaves_nothing_to() -> None:
    rules = parse(
        "type:A -> a\nlevel:error type:A -> b\n!function:f -> c\n!function:f module:m -> d\n!function:f type:B -> e"
    ).rules
    assert [(rule.line, by.line) for rule, by in shadowed(rules)] == [(2, 1), (5, 3)]
