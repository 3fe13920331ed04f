"""What uploads raise, as answers that the clients print or retry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from issues.artifacts.assembly.direct import Busy
from issues.artifacts.chunks import BadChunk, TooManyChunks
from issues.artifacts.content import BadUpload
from issues.artifacts.files import Gone
from issues.artifacts.storage import StorageUnavailable
from issues.symbols.answers import Unavailable
from rustrak.lib import problems

# Clients try again after 502, 503, 504 and 507.
_RETRY_SECONDS = 10


@contextmanager
def told() -> Iterator[None]:
    """Turn what uploads raise into problems."""
    try:
        yield
    except (BadChunk, BadUpload) as error:
        raise problems.BadInput(str(error)) from None
    except TooManyChunks as error:
        raise problems.Unavailable(str(error), retry_after=60) from None
    except StorageUnavailable as error:
        raise problems.Unavailable(str(error), retry_after=_RETRY_SECONDS) from None
    except Unavailable:
        raise problems.Unavailable(
            "The file cannot be read at the moment. Try again later.", retry_after=_RETRY_SECONDS
        ) from None
    except (Busy, Gone):
        raise problems.Unavailable(
            "The same file is being stored at this moment. Try again.", retry_after=2
        ) from None
