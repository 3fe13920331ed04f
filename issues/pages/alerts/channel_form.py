"""The form of a channel, made from the fields of its kind. Secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import escape, format_html

from issues.alerts.channel import Field, Kind
from issues.alerts.stored_channels.masking import UNREADABLE

NAME_LENGTH = 100
# Before the names of the kind's fields, which may be any.
_FIELD, _CLEAR = "field-", "clear-"
_QUIET = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class ChannelForm(forms.Form):
    """A name, a field for each field of the kind, and for a channel that exists whether it is on."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_LENGTH,
        help_text="What rules and the history call it, such as #ops.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        kind: Kind,
        data: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        stored_secrets: Mapping[str, str] | None = None,
        exists: bool = False,
    ) -> None:
        """`initial` has `name`, `is_enabled` and, by their names, the values of fields that are not secret;
        `stored_secrets` has the masked values of the secrets that are stored."""
        self.kind = kind
        self.stored_secrets = {
            name: text for name, text in (stored_secrets or {}).items() if text != UNREADABLE
        }
        values = dict(initial or {})
        first = {_FIELD + field.name: values[field.name] for field in kind.fields if field.name in values}
        super().__init__(
            data,
            # An empty secret that is stored already is no error.
            use_required_attribute=not exists,
            initial={"name": values.get("name", ""), "is_enabled": values.get("is_enabled", True), **first},
        )
        for field in kind.fields:
            self.fields[_FIELD + field.name] = _form_field(field, self.stored_secrets.get(field.name, ""))
            if field.secret and not field.required and self.stored_secrets.get(field.name):
                self.fields[_CLEAR + field.name] = forms.BooleanField(
                    label=f"Remove the stored value of “{field.label}”", required=False
                )
        if exists:
            self.fields["is_enabled"] = forms.BooleanField(
                label="On", required=False, help_text="Nothing is sent to a channel that is off."
            )

    def values(self) -> dict[str, str | None]:
        """What a valid form says, by the names of the kind's fields: an empty secret is kept, None removes it."""
        return {
            field.name: None
            if self.cleaned_data.get(_CLEAR + field.name)
            else str(self.cleaned_data.get(_FIELD + field.name) or "")
            for field in self.kind.fields
        }

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Show each error beside its field. Some are sentences, others follow the name of the field."""
        for name, problem in errors.items():
            key = _FIELD + name if _FIELD + name in self.fields else name
            label = self.fields[key].label if key in self.fields else name
            text = f"{label} {problem}." if problem[:1].islower() else problem
            self.add_error(key if key in self.fields else None, text)


def _form_field(field: Field, stored: str) -> forms.Field:
    attrs: dict[str, Any] = dict(_QUIET)
    if field.placeholder:
        attrs["placeholder"] = field.placeholder
    # _field.html shows help as HTML.
    help_text = escape(field.help)
    if stored:
        help_text = format_html("{} Stored: <bdi>{}</bdi>. Leave empty to keep it.", help_text, stored)
    options: dict[str, Any] = {
        "label": field.label,
        "help_text": help_text,
        "required": field.required,
    }
    if field.type == "choice":
        return forms.ChoiceField(choices=field.choices, **options)
    text_field = _KeptField if stored else forms.CharField
    if field.type == "lines":
        widget: forms.Widget = forms.Textarea(attrs={**attrs, "rows": 4})
        if field.secret:
            widget = _SecretLines(attrs={**attrs, "rows": 4})
        return text_field(max_length=field.max_length, widget=widget, strip=False, **options)
    if field.secret:
        widget = forms.PasswordInput(attrs={**attrs, "autocomplete": "new-password"}, render_value=False)
    elif field.type == "url":
        widget = forms.URLInput(attrs=attrs)
    elif field.type == "email":
        widget = forms.EmailInput(attrs=attrs)
    else:
        widget = forms.TextInput(attrs=attrs)
    return text_field(max_length=field.max_length, widget=widget, **options)


class _KeptField(forms.CharField):
    """A required text that may be left empty, because one is stored already."""

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:
            super().validate(value)


class _SecretLines(forms.Textarea):
    """Never shows what was typed into it before."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, None, attrs)
