"""Why something cannot be written to the spool."""

from __future__ import annotations


class SpoolUnavailable(Exception):
    """Nothing can be written to the spool at the moment: it is full, or the disk fails.

    The message may be shown to clients: it contains no path. `__cause__` is the error of the disk, if there was one.
    """

    @classmethod
    def because(cls, error: Exception) -> SpoolUnavailable:
        """The exception for an error of the disk."""
        reason = error.strerror if isinstance(error, OSError) else None
        found = cls(f"nothing can be stored at the moment ({reason or 'the disk fails'}); try again later")
        found.__cause__ = error
        return found
