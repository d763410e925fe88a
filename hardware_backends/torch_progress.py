"""How far each rank of this host has come, in a file that all of them have mapped: who waits, and who is waited for.

Writing costs a fraction of a microsecond and wakes nobody; it is read only when nothing has been heard for a while.
"""

import mmap
import struct
from pathlib import Path

LINE = struct.Struct("<QQ?")  # meetings of all ranks, moves since the last one, whether it waits at one
WORKS, WAITS = False, True


class Progress:
    """One rank's line of the file."""

    def __init__(self, file: Path, place: int) -> None:
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 0)
        self._at, self._meetings, self._moves = place * LINE.size, 0, 0

    def move(self) -> None:
        """It has done something."""
        self._moves += 1
        LINE.pack_into(self._shared, self._at, self._meetings, self._moves, WORKS)

    def arrive(self) -> None:
        """It waits for the others."""
        LINE.pack_into(self._shared, self._at, self._meetings, self._moves, WAITS)

    def leave(self) -> None:
        """They have met."""
        self._meetings, self._moves = self._meetings + 1, 0
        LINE.pack_into(self._shared, self._at, self._meetings, self._moves, WORKS)


def begin(file: Path, count: int) -> None:
    """Makes the file."""
    file.write_bytes(bytes(LINE.size * count))


def behind(content: bytes) -> list[int]:
    """The places of those who are waited for: of those not at a meeting, who has come least far. Empty if nobody sticks out."""
    found = list(LINE.iter_unpack(content))
    busy = {place: (meetings, moves) for place, (meetings, moves, waits) in enumerate(found) if not waits}
    last = [place for place, come in busy.items() if come == min(busy.values())]
    return last if len(last) < len(found) else []
