from __future__ import annotations

import json

import pytest

from issues.alerts.channels.webhook import template
from issues.alerts.channels.webhook.body import SAMPLES, placeholders
from issues.alerts.channels.webhook.template import BadTemplate
from tests.lib.growth import assert_linear

VALUES = {
    "title": 'a "quote" \\ and\na line\x00 \u2028 {{ id }}',
    "count": 12,
    "none": None,
    "listed": [{"short_id": "S-1", "title": 'x"', "url": "https://u"}, {"short_id": "S-2", "title": "y"}],
}


def rendered(text: str) -> object:
    template.check(text, [VALUES])
    return json.loads(template.render(text, VALUES))


def test_the_position_decides_how_a_value_is_written() -> None:
    assert rendered('{"a": "<{{ title }}>", "b": {{ title }}, "c": {{count}}, "d": "{{count}}"}') == {
        "a": f"<{VALUES['title']}>",
        "b": VALUES["title"],
        "c": 12,
        "d": "12",
    }
    assert rendered('["{{none}}", {{none}}]') == ["", None]
    assert rendered('{"{{ count }}": {{ listed }}}') == {"12": VALUES["listed"]}
    assert rendered('"{{ listed }}"') == 'S-1 x" https://u\nS-2 y'


def test_quotes_and_escapes_of_the_template_are_understood() -> None:
    assert rendered(r'["\"{{ title }}\\", {{ count }}, "\\\"{{ title }}"]') == [
        f'"{VALUES["title"]}\\',
        12,
        f'\\"{VALUES["title"]}',
    ]
    assert rendered('{"a": {"b": {"c": "{ {{ count }} }"}}}') == {"a": {"b": {"c": "{ 12 }"}}}


def test_values_are_not_templates() -> None:
    assert rendered('"{{ title }}"') == VALUES["title"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": "{{ titel }}"}', "'titel' is not known; there are title, count, none, listed"),
        ('{"a": "{{ title.__class__ }}"}', "is not known"),
        ('{"a": "{{ }}"}', "is not known"),
        ('{"a": "{{ title|safe }}"}', "is not known"),
        ('{"a": "{{ title }"}', "not followed by a name"),
        ('{"a": "{{ title + 1 }}"}', "not followed by a name"),
        ('{"a": "{{"}', "not followed by a name"),
        ('{"a": {{ title }}, }', r"not JSON \(line 1, column"),
        ('{"a": {{ title }} {{ count }}}', "not JSON"),
        ("hello {{ title }}", "not JSON"),
        ("", "not JSON"),
        ('{"a": "' + "x" * 8000 + '"}', "at most 8000"),
        ('"' + "{{count}}" * 101 + '"', "at most 100 placeholders"),
        ("[" * 7000, "not JSON|too deeply"),
    ],
)
def test_what_is_no_template(text: str, why: str) -> None:
    with pytest.raises(BadTemplate, match=why):
        template.check(text, [VALUES])


def test_a_template_must_fit_messages_with_and_without_an_issue() -> None:
    samples = [placeholders(sample) for sample in SAMPLES]
    template.check('{"text": "{{ issue.title }} {{ issue.events }}", "n": {{ issue.events }}}', samples)


def test_what_is_written_is_bounded() -> None:
    assert len(template.render('"' + "{{ title }}" * 100 + '"', {"title": "x" * 100_000})) < 210_000


def test_it_takes_time_in_proportion() -> None:
    def work(text: str) -> None:
        with pytest.raises(BadTemplate):
            template.check(text[: template.LONGEST], [VALUES])

    for part in ("{{", "{{ ", "{{   ", "\\", '"', "{", "{{ a }}"):
        assert_linear(lambda size, part=part: part * size, work)  # type: ignore[misc]
