"""A column with the folded text of other columns, so that both databases compare without case alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from rustrak.lib.text import folding


class FoldedField(models.TextField):  # type: ignore[type-arg]
    """The texts of the columns `of` as folding.folded joins them. Set by `save()` and `create()`, not by `update()`."""

    def __init__(self, *args: Any, of: Iterable[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        options.update(editable=False, blank=True)
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = folding.folded(*(getattr(model_instance, name) for name in self.of))
        setattr(model_instance, self.attname, value)
        return value
