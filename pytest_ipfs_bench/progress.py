"""What takes a cell long before it runs: how far that is, as a line between processes, and as one on a terminal."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pytest

MARK = "progress: "  # how a line begins that is no answer yet
WIDTH, CUT = 12, ".."
PATIENCE_SECONDS = 2.0  # what is over by then is not worth a line


@dataclass(frozen=True)
class Progress:
    """How far something is: what it is, and what is being done in its stage; `done` stages of `total` lie behind it."""

    what: str
    doing: str = ""
    done: int = 0
    total: int = 1

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == self.total

    def line(self) -> str:
        """This as JSON, marked as what it is."""
        return MARK + json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Self | None:
        """The progress of a line with its end; None for any other, and for one whose writer died over it."""
        if not line.startswith(MARK) or not line.endswith("\n"):
            return None
        return cls(**json.loads(line.removeprefix(MARK)))

    def words(self, seconds: float, width: int) -> str:
        """For people: the last of its name is left out of a line longer than `width`, unless it is over and stays."""
        head, tail = f"ipfs-bench: {self.what}", f", {seconds:.0f} s"
        if self.total > 1:
            bar = "#" * (WIDTH * self.done // self.total)
            tail = f" [{bar:-<{WIDTH}}] {self.done}/{self.total} {self.doing}{tail}"
        room = width - len(tail)
        if len(head) <= room or self.over:
            return head + tail
        return (head[: max(room - len(CUT), 0)] + CUT + tail)[:width]


Tell = Callable[[Progress], object]


class Bar:
    """A terminal's line that is drawn again and again, past the capture of the test that waits."""

    def __init__(self, config: "pytest.Config") -> None:
        self._config = config
        self._began: float | None = None
        self._open = False

    def show(self, progress: Progress | None) -> None:
        """Draws how far it is. When it is over, or ends before that (None), the next line is pytest's."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        if progress and now - self._began >= PATIENCE_SECONDS:
            self._draw(progress, now - self._began)
        if progress is None or progress.over:
            self._close()

    def _draw(self, progress: Progress, seconds: float) -> None:
        with self._terminal() as reporter:
            if not self._open:
                reporter.ensure_newline()
            width = self._config.get_terminal_writer().fullwidth - 1
            reporter.rewrite(progress.words(seconds, width), erase=True)
            reporter.flush()
        self._open = True

    def _close(self) -> None:
        if self._open:
            with self._terminal() as reporter:
                reporter.line("")
        self._began, self._open = None, False

    @contextmanager
    def _terminal(self) -> Iterator[Any]:
        """The reporter, while nothing is captured: only then its terminal has its width, too."""
        manager = self._config.pluginmanager
        capture = manager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            yield manager.get_plugin("terminalreporter")
