"""Form fields for several short texts, one input for each: empty ones are ignored, and there is always room for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# How many empty inputs there are behind the filled ones.
_EMPTY = 2
# More inputs than this are not read: the field is invalid then anyway.
_MOST_READ = 200


def _input(
    name: str, label: str, number: int, value: str, suggestions: str, attrs: Mapping[str, Any]
) -> SafeString:
    more = format_html_join("", ' {}="{}"', attrs.items())
    return format_html(
        '<input type="text" name="{}" value="{}" aria-label="{} {}" list="{}" autocomplete="off" autocapitalize="none"'
        ' spellcheck="false"{}>',
        name, value, label, number, suggestions, more,
    )  # fmt: skip


def _described(attrs: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        key: value
        for key, value in (attrs or {}).items()
        if key in ("id", "aria-describedby", "aria-invalid", "disabled")
    }


class SeveralInput(forms.Widget):
    """Inputs of the same name. `label` names one of them, `suggestions` is the id of a <datalist>."""

    def __init__(self, label: str, suggestions: str) -> None:
        super().__init__()
        self.label, self.suggestions = label, suggestions

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        return (
            data.getlist(name)[:_MOST_READ] if isinstance(data, MultiValueDict) else list(data.get(name, []))
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        texts = [text for text in value or [] if text.strip()] + [""] * _EMPTY
        first = _described(attrs)
        rest = {key: each for key, each in first.items() if key != "id"}
        return format_html_join(
            "",
            "{}",
            (
                (_input(name, self.label, number, text, self.suggestions, rest if number > 1 else first),)
                for number, text in enumerate(texts, 1)
            ),
        )


class SeveralField(forms.Field):
    """A tuple of texts without the empty ones; whether they are good is for others to say."""

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(text.strip() for text in value or [] if text.strip())


class TagsInput(forms.Widget):
    """Pairs of inputs for the key and the value of a tag, named `<name>_key` and `<name>_value`."""

    def __init__(self, keys: str, values: str) -> None:
        super().__init__()
        self.keys, self.values = keys, values

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[tuple[str, str]]:
        if not isinstance(data, MultiValueDict):
            return list(data.get(name, []))
        keys, values = data.getlist(f"{name}_key")[:_MOST_READ], data.getlist(f"{name}_value")[:_MOST_READ]
        return list(zip(keys, [*values, *[""] * len(keys)][: len(keys)], strict=True))

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        pairs = [(key, text) for key, text in value or [] if key.strip() or text.strip()]
        pairs += [("", "")] * _EMPTY
        first = _described(attrs)
        rest = {key: each for key, each in first.items() if key != "id"}
        return format_html_join(
            "",
            '<div class="pair">{}{}</div>',
            (
                (
                    _input(
                        f"{name}_key", "Key of tag", number, key, self.keys, first if number == 1 else rest
                    ),
                    _input(f"{name}_value", "Value of tag", number, text, self.values, rest),
                )
                for number, (key, text) in enumerate(pairs, 1)
            ),
        )


class TagsField(forms.Field):
    """A tuple of (key, value) without those that are empty; whether they are good is for others to say."""

    def to_python(self, value: Any) -> tuple[tuple[str, str], ...]:
        pairs = [(key.strip(), text.strip()) for key, text in value or []]
        return tuple(pair for pair in pairs if any(pair))
