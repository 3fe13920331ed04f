"""Bodies of webhooks with placeholders: JSON in which `{{ name }}` stands for a value. Pure.

Nothing is computed: a placeholder is one of the known names. Where it stands decides how its value is written: between the
quotes of a text as text, elsewhere as a JSON value. So no value can end a text early or add anything to the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 8000
MOST_PLACEHOLDERS = 100
#: Of one value within a text, in characters.
LONGEST_VALUE = 2000

# One step through a template: a placeholder, an escape, a quote, or what lies between.
_STEP = re.compile(
    r'\{\{\s{0,20}(?P<name>[^{}\s]{0,100})\s{0,20}\}\}|(?P<open>\{\{)|\\.|(?P<quote>")|[^\\"{]+|.', re.DOTALL
)

Values = Mapping[str, Any]


class BadTemplate(ValueError):
    """A template that cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Text as it is, or the name of a value and whether it stands within a text."""

    text: str
    is_value: bool = False
    quoted: bool = False


def check(template: str, samples: list[Values]) -> None:
    """Raise BadTemplate unless each of the samples makes valid JSON of the template."""
    if len(template) > LONGEST:
        raise BadTemplate(f"must have at most {LONGEST} characters")
    parts = list(_parts(template))
    names = [part.text for part in parts if part.is_value]
    if len(names) > MOST_PLACEHOLDERS:
        raise BadTemplate(f"must have at most {MOST_PLACEHOLDERS} placeholders")
    known = samples[0]
    if unknown := sorted({name for name in names if name not in known}):
        raise BadTemplate(f"{unknown[0]!r} is not known; there are {', '.join(known)}")
    for sample in samples:
        try:
            json.loads(render(template, sample))
        except json.JSONDecodeError as error:
            raise BadTemplate(
                f"with values in it, it is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
            ) from None
        except RecursionError:
            raise BadTemplate("is nested too deeply") from None


def render(template: str, values: Values) -> bytes:
    """The body. Raises BadTemplate for a name that is not in `values`."""
    written: list[str] = []
    for part in _parts(template):
        if not part.is_value:
            written.append(part.text)
        elif part.text not in values:
            raise BadTemplate(f"{part.text!r} is not known")
        elif part.quoted:
            written.append(json.dumps(_text(values[part.text])[:LONGEST_VALUE], ensure_ascii=False)[1:-1])
        else:
            written.append(json.dumps(values[part.text], ensure_ascii=False))
    return "".join(written).encode("utf-8", "replace")


def _parts(template: str) -> Iterator[_Part]:
    quoted = False
    for step in _STEP.finditer(template):
        if step["open"] is not None:
            raise BadTemplate("has a {{ that is not followed by a name and }}")
        if step["name"] is not None:
            yield _Part(step["name"], is_value=True, quoted=quoted)
            continue
        if step["quote"]:
            quoted = not quoted
        yield _Part(step[0])


def _text(value: Any) -> str:
    """A value within a text: nothing for none, lines for a list."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return " ".join(_text(value[name]) for name in ("short_id", "title", "url") if name in value)
    return value if isinstance(value, str) else json.dumps(value)
