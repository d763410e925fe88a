"""From templates to files, in memory: for generators, and for the validation of a template for all that it is meant for."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.models import ModelSpec
from pytest_ipfs_bench.templates import checking, linting
from pytest_ipfs_bench.templates.checking import Batch
from pytest_ipfs_bench.templates.files import File, split
from pytest_ipfs_bench.templates.header import Header
from pytest_ipfs_bench.templates.library import Library
from pytest_ipfs_bench.templates.rendering import Answers, Job, render
from pytest_ipfs_bench.templates.subjects import Subject, every, identifier, plain, subjects, variables
from pytest_ipfs_bench.templates.template import SHIPPED, Template
from pytest_ipfs_bench.templates.validation import Finding, Validation

# How the one file of a text is called that names none. Kinds that stand here are generated; of them, those about models:
USUAL = {
    "test": "test_{}.py",
    "skill": "skill_{}.py",
    "suite": "{}.toml",
    "model": "ipfs_bench_{}.py",
    "backend": "ipfs_bench_{}.py",
    "importer": "ipfs_bench_{}.py",
}
ABOUT_MODELS = ("test", "skill")
FOR_HARDWARE = (*ABOUT_MODELS, "suite")
FEW = 3
MOST_TOLD = 20  # findings of one template
EXAMPLE = "example"  # what a backend, a suite ... is called while its template is validated


@dataclass(frozen=True)
class Order:
    """What is to be generated: a kind, what about, for which hardware; template: this one, whoever would be chosen.

    models: of a suite, the words of what it holds; options: of the command, as they were given, for the header; database: how
    the database is called from the folder of the files, for the header of those that are made from one of its templates.
    """

    kind: str
    subjects: tuple[Subject, ...]
    hardware: tuple[str, ...]
    template: str | None = None
    models: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    database: str | None = None


@dataclass(frozen=True)
class House:
    """What is registered here: models by name, the names of hardware."""

    models: Mapping[str, ModelSpec]
    hardware: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One text to be made: a template, what about, for which hardware; only: it is not for all the hardware asked for."""

    template: Template
    subject: Subject
    hardware: tuple[str, ...]
    only: bool = False

    @property
    def where(self) -> str:
        """What for, in words."""
        few = len(self.hardware) <= FEW
        return (
            f"{self.subject.word} on {', '.join(self.hardware) if few else f'{len(self.hardware)} kinds of hardware'}"
        )


def generate(order: Order, library: Library, house: House, *, run: bool = False) -> list[File]:
    """The files of an order. run: also have pytest collect them, which imports them.

    Raises BenchError saying what is wrong with a template, or with what it makes.
    """
    tasks = _tasks(order, library)
    answers = _render(tasks, library, house, order.models)
    _refuse(answers.findings)
    batches, findings = _batches(tasks, answers)
    _refuse([*findings, *checking.check(batches)])
    if run:
        _refuse(checking.collect(batches)[1])
    pairs = zip(tasks, batches, strict=True)
    return _unique([file for task, batch in pairs for file in _headed(task, batch, order, library, answers)])


def validate(template: Template, library: Library, house: House, *, run: bool = False) -> tuple[Validation, Answers]:
    """What is wrong with a template for everything that it is meant for. The library need not hold it.

    run: have pytest collect what it makes, even if that runs more than declarations. Raises BenchError where it is for a
    model, family, modality or hardware that nobody knows.
    """
    library = replace(library, templates={**library.templates, template.name: template})
    tasks = _everything(template, house)
    answers = _render(tasks, library, house, ())
    tools = {name: version for name, version in (("ruff", linting.version()),) if version}
    findings = list(answers.findings)
    if findings or template.about.kind == "helper":
        return Validation(_summed(findings), len(answers.rendered), None, tools), answers
    made, findings = _batches(tasks, answers)
    batches = list({batch.files: batch for batch in reversed(made)}.values())[::-1]  # of equal ones the first
    findings += [] if findings else checking.check(batches)
    collected = None
    if not findings:
        danger = None if run else checking.would_run(batches)
        collected, findings = (None, [danger]) if danger else checking.collect(batches)
    return Validation(_summed(findings), len(answers.rendered), collected, tools), answers


def _tasks(order: Order, library: Library) -> list[Task]:
    tasks = []
    for subject in order.subjects:
        if order.template:
            groups = [(_of_kind(library.named(order.template), order.kind), order.hardware)]
        elif order.kind in ABOUT_MODELS:
            groups = library.grouped(order.kind, subject, order.hardware)
        else:
            groups = [(library.choose(order.kind, subject, order.hardware[0]).template, order.hardware)]
        for number, (template, hardware) in enumerate(groups):
            tasks.append(Task(template, subject, hardware, only=number > 0))
    return tasks


def _of_kind(template: Template, kind: str) -> Template:
    if template.about.kind != kind:
        raise BenchError(
            f"--template {template.name}: it is one of the kind {template.about.kind}, and a {kind} is wanted."
        )
    return template


def check(template: Template, house: House) -> None:
    """Raises BenchError where a template is for a model, family, modality or hardware that nobody knows."""
    about = template.about
    if about.hardware and about.hardware not in house.hardware:
        raise unknown(f"{template.name}: hardware: {about.hardware}", "hardware", about.hardware, house.hardware)
    _meant(template, house)


def _everything(template: Template, house: House) -> list[Task]:
    """All that a template is meant for: every family, each hardware alone and all at once."""
    check(template, house)
    about = template.about
    alone = [(about.hardware,)] if about.hardware else [*((one,) for one in house.hardware), house.hardware]
    return [Task(template, subject, hardware) for subject in _meant(template, house) for hardware in alone]


def _meant(template: Template, house: House) -> list[Subject]:
    about = template.about
    if about.kind not in ABOUT_MODELS and about.kind != "helper":
        return [plain(EXAMPLE, about.kind)]
    families = every(house.models)
    legal = {
        "model": set(house.models),
        "family": {one.word for one in families},
        "modality": {spec.modality for spec in house.models.values()},
    }
    target = getattr(about, about.level, None)
    if target is not None and target not in legal[about.level]:
        raise unknown(f"{template.name}: {about.level}: {target}", about.level, target, legal[about.level])
    if about.level == "modality":
        return [one for one in families if one.spec and one.spec.modality == target]
    return subjects([target], house.models) if target else families


def _render(tasks: Sequence[Task], library: Library, house: House, models: Sequence[str]) -> Answers:
    told = {"models": list(models)} if models else {}
    jobs = [
        Job(task.template.name, variables(task.subject, task.hardware, house.hardware) | told, task.where)
        for task in tasks
    ]
    return render(library.texts, jobs, jobs[0].variables if jobs else ())


def _batches(tasks: Sequence[Task], answers: Answers) -> tuple[list[Batch], list[Finding]]:
    batches, findings = [], []
    for task, rendered in zip(tasks, answers.rendered, strict=True):
        kind = task.template.about.kind
        try:
            files = split(rendered.text, _usual(task, kind))
        except BenchError as error:
            findings.append(Finding("file", str(error), where=task.where, template=task.template.name))
            continue
        batches.append(Batch(tuple(files), task.where, kind))
    return batches, findings


def _usual(task: Task, kind: str) -> str:
    stem = "_".join([identifier(task.subject.name), *(identifier(one) for one in task.hardware if task.only)])
    return USUAL[kind].format(stem)


def _headed(task: Task, batch: Batch, order: Order, library: Library, answers: Answers) -> list[File]:
    """The files with their headers."""
    name = task.template.name
    hardware = ("--hardware", ",".join(order.hardware)) if order.kind in FOR_HARDWARE else ()
    database = ("--db", order.database) if order.database and not name.startswith(SHIPPED) else ()
    words = ("ipfs-bench", "generate", order.kind, task.subject.word, *hardware, *order.options, *database, "--force")
    header = Header(name, library.label(name, answers.examined[name].closure), shlex.join(words))
    return [replace(file, text=f"{header}{file.text}") for file in batch.files]


def _unique(files: list[File]) -> list[File]:
    twice = next((name for name, count in Counter(file.name for file in files).items() if count > 1), None)
    if twice:
        raise BenchError(
            f"Two of the files would be called {twice}.\nGenerate them in two folders, one after the other."
        )
    return files


def _refuse(findings: Iterable[Finding]) -> None:
    found = _summed(findings)
    if found:
        raise BenchError("\n".join(["Nothing was written.", *map(str, found)]))


def _summed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once: what is wrong for many is told for the first, with how many others there are."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.rule, one.message, one.line, one.template), []).append(one)
    every = [
        replace(first, where=f"{first.where} and {len(rest)} others") if rest and first.where else first
        for first, *rest in groups.values()
    ]
    more = len(every) - MOST_TOLD
    return (*every[:MOST_TOLD], *([Finding("more", f"and {more} further findings")] if more > 0 else []))
