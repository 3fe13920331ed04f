"""What a value can be wrong with that only the data tells."""

from __future__ import annotations


class Wrong(ValueError):
    """The message is a sentence for people; `suggestions` are texts that could be meant instead of the value `value`."""

    def __init__(self, message: str, value: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.value = value
        self.suggestions = suggestions
