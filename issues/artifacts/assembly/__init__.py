"""From pieces to artifacts: the states of an upload, and the work between them.

states.py      which state follows, and what a client is told: pure
asking.py      a client asks for an upload, which may begin it
work.py        assembles an upload and stores what is in it
direct.py      stores a file that arrived whole
waiting.py     the uploads that nobody works on
"""

from __future__ import annotations
