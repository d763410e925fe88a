"""The summary of a step on GitHub: a file to which markdown is added, which GitHub takes only up to a size."""

from pathlib import Path

LIMIT = 1024 * 1024  # bytes of one step; GitHub shows nothing at all of a file that is larger
ROOM_FOR_NOTE = 300


def add(file: Path, report: str) -> str | None:
    """Adds a report in markdown to the summary, as much of it as it still takes; what stood in the way, or None."""
    try:
        there = file.stat().st_size if file.exists() else 0
        text = cut(f"\n\n{report}" if there else report, LIMIT - there)
        if text is None:
            return f"{file}: the step's summary is full ({LIMIT} bytes); the report was not added."
        with file.open("ab") as summary:
            summary.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return f"{file}: the report can't be added to the step's summary ({error.strerror or error})."
    return None


def cut(report: str, room: int) -> str | None:
    """A report in so many bytes: whole, or up to a row, and how much is missing; None if not even that finds room."""
    if len(report.encode("utf-8", "backslashreplace")) <= room:
        return report
    lines = report.splitlines(keepends=True)
    kept, size = 0, ROOM_FOR_NOTE
    while size + (length := len(lines[kept].encode("utf-8", "backslashreplace"))) <= room:
        kept, size = kept + 1, size + length
    while kept and _begins_something(lines, kept - 1):
        kept -= 1
    if not kept:
        return None
    left = sum(len(line.encode("utf-8", "backslashreplace")) for line in lines[kept:])
    rows = sum(
        line.startswith("|") and not _begins_something(lines, place) for place, line in enumerate(lines[kept:], kept)
    )
    why = f"a step's summary holds {LIMIT} bytes. --bench-report-file=PATH holds all."
    return f"{''.join(lines[:kept]).rstrip()}\n\n**Cut here: {rows} rows ({left} bytes) are not shown**, for {why}\n"


def _begins_something(lines: list[str], place: int) -> bool:
    """Whether a line is of no use without what follows: blank, a heading, the head of a table."""
    here, after = lines[place], lines[place + 1] if place + 1 < len(lines) else ""
    return (
        not here.strip()
        or here.startswith(("#", "|:", "|-"))
        or (here.startswith("|") and after.startswith(("|:", "|-")))
    )
