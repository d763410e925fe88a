"""Rendering templates, in a process of its own that may be given up on (`renderer.py` is its other side)."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_ipfs_bench.encoding import clean
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.templates.validation import Finding

SECONDS = 2.0  # for one text; a good one takes milliseconds
MOST_BYTES = 1_000_000  # of one text
MEGABYTES = 300  # of the process, beyond its interpreter
PATIENCE = 30.0  # s for the process itself, and what a machine under load makes of it
QUOTED = re.compile(r"""["']([^"'\s]{1,120})(?=["'])""")
MOST_IN_ALL = 20_000_000  # bytes of all texts
LIMITS = {"seconds": SECONDS, "bytes": MOST_BYTES, "total": MOST_IN_ALL, "megabytes": MEGABYTES}


@dataclass(frozen=True)
class Job:
    """A template to be rendered with these variables; where: what for, in words."""

    name: str
    variables: Mapping[str, Any]
    where: str


@dataclass(frozen=True)
class Examined:
    """What a template's text says: its own references (relation, name, line), all that it builds on, and what is wrong."""

    name: str
    references: tuple[tuple[str, str, int], ...] = ()
    closure: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """The text of a job, or what is wrong with it. A template that is wrong itself is not rendered: its job is not here."""

    job: Job
    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What became of an order: by template, and by job."""

    examined: Mapping[str, Examined] = field(default_factory=dict)
    rendered: Sequence[Rendered] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong."""
        every = [one.findings for one in self.examined.values()] + [one.findings for one in self.rendered]
        return tuple(itertools.chain.from_iterable(every))


def render(texts: Mapping[str, str], jobs: Sequence[Job], known: Iterable[str], examine: Sequence[str] = ()) -> Answers:
    """Examines these templates and those of the jobs, and renders each job, all in one process. known: names of variables.

    Raises BenchError where the process can't be started. One that never answers is a finding of the job it was at.
    """
    order = {
        "texts": _needed(texts, [*examine, *(job.name for job in jobs)]),
        "names": sorted(texts),
        "known": sorted(known),
        "examine": list(examine),
        "limits": LIMITS,
        "jobs": [vars(job) for job in jobs],
    }
    command = [sys.executable, "-m", "pytest_ipfs_bench.templates.renderer"]
    late = False
    try:
        process = subprocess.run(
            command, input=json.dumps(order), capture_output=True, text=True, check=False, timeout=_patience(jobs)
        )
        out, said = process.stdout, process.stderr
    except subprocess.TimeoutExpired as error:
        late, out, said = True, _text(error.stdout), _text(error.stderr)
    except OSError as error:
        raise BenchError(f"The process that renders templates can't be started: {error}.") from error
    answers = list(_read(out))
    examined = {one["name"]: _examined(one) for one in answers if "name" in one}
    rendered = [_rendered(jobs[one["job"]], one) for one in answers if "job" in one]
    ended = _ended(jobs, examined, rendered)
    if ended is not None:
        why = "it does not end" if late else f"the process that rendered it ended ({_last(said)})"
        rendered.append(Rendered(ended, "", (Finding("limit", why, template=ended.name, where=ended.where),)))
    return Answers(examined, rendered)


def _needed(texts: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """These templates and all whose names stand in their texts in quotes, and so on: a large library stays where it is."""
    needed: dict[str, str] = {}
    waiting = [name for name in names if name in texts]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = texts[name]
            waiting += [one for one in QUOTED.findall(texts[name]) if one in texts]
    return needed


def _patience(jobs: Sequence[Job]) -> float:
    """No template may take longer than SECONDS twice; the others take milliseconds."""
    return PATIENCE + 2 * SECONDS * len({job.name for job in jobs})


def _ended(jobs: Sequence[Job], examined: Mapping[str, Examined], rendered: Sequence[Rendered]) -> Job | None:
    """The first job without an answer, unless its template was found wrong; None where every job has one."""
    done = {id(one.job) for one in rendered}
    wrong = {one.name for one in examined.values() if one.findings}
    wrong |= {one.job.name for one in rendered if one.findings}
    return next((job for job in jobs if id(job) not in done and job.name not in wrong), None)


def _read(out: str) -> Iterator[dict[str, Any]]:
    """Whole lines: the last one may have been cut off."""
    for line in out.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def _examined(told: Mapping[str, Any]) -> Examined:
    references = tuple((one["relation"], one["name"], one["line"]) for one in told["references"])
    return Examined(told["name"], references, tuple(told["closure"]), _findings(told))


def _rendered(job: Job, told: Mapping[str, Any]) -> Rendered:
    return Rendered(job, told["text"], _findings(told))


def _findings(told: Mapping[str, Any]) -> tuple[Finding, ...]:
    found = (Finding(**one) for one in told["findings"])
    return tuple(replace(one, message=clean(one.message)) for one in found)


def _text(said: bytes | str | None) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
