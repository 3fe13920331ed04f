"""How much of an event fits on its page, so that no event makes a page that is slow to build or to read."""

from __future__ import annotations

from dataclasses import dataclass

#: A thousand frames with source and variables, or a hundred tables: no honest event comes near. In the worst case the
#: page takes a second of CPU time.
MOST_FRAMES = 1_500
MOST_LINES = 16_000
MOST_CHARACTERS = 1_000_000
# A row of a table is more work than a line of source.
_LINES_OF_ROW = 4


@dataclass
class Room:
    """What is left: frames, lines and characters of HTML. `full` says that something did not fit.

    Each part of a page takes what it is about to show, and leaves out what it is refused.
    """

    frames: int = MOST_FRAMES
    lines: int = MOST_LINES
    characters: int = MOST_CHARACTERS
    full: bool = False

    def row(self) -> bool:
        """Take one row of a table."""
        return self.code(_LINES_OF_ROW)

    def code(self, lines: int) -> bool:
        """Take these lines of source."""
        if self.lines < lines or self.characters <= 0:
            self.full = True
            return False
        self.lines -= lines
        return True

    def some_frames(self, wanted: int) -> int:
        """Take frames, as many as are left."""
        found = min(wanted, self.frames)
        self.full = self.full or found < wanted
        self.frames -= found
        return found

    def write(self, html: str) -> None:
        """Take the characters of what is shown."""
        self.characters -= len(html)
