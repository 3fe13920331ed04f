"""The JSON API of issues and what belongs to them; rustrak.api.whole puts all of it together."""
