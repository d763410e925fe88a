"""The process in which templates are read and rendered: `python -m pytest_ipfs_bench.templates.renderer`.

Takes one order as JSON on stdin: texts (templates by name, as far as they may be needed), names (of all templates), known
(names of variables), examine (names), jobs (name, variables, where each), and limits: seconds and bytes of one text, bytes of
all (total), megabytes of this process. Answers with one JSON object a line: the examination of each template that is named or
that a job is about, then each job's text, or what is wrong with it. A template that went beyond a limit is not tried again.
Jinja's sandbox is the first wall, this process and its limits are the second.
"""

import contextlib
import json
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_ipfs_bench.templates.subjects import class_name, identifier

if TYPE_CHECKING:
    import jinja2

MEGABYTE = 1_000_000
LARGEST_NUMBER = 10**9  # of a power's exponent times its base's digits, and of a repeated text's length
Finding = dict[str, Any]


class OutOfTimeError(BaseException):
    """A text took too long. No Exception: Jinja turns some of those into something else."""


class TooLargeError(Exception):
    """A text grew too large."""


def main() -> None:
    """Works off the order on stdin."""
    order = json.load(sys.stdin)
    limits = order["limits"]
    _confine(limits["megabytes"])
    signal.signal(signal.SIGALRM, _out_of_time)
    from pytest_ipfs_bench.templates.examination import Examiner

    environment = make_environment(order["texts"], limits["bytes"])
    examiner = Examiner(environment, order["texts"], order["names"], order["known"])
    sound = {}
    for name in dict.fromkeys((*order["examine"], *(job["name"] for job in order["jobs"]))):
        examined: dict[str, Any] = {"name": name, "closure": [], "references": [], "findings": []}
        with _caught(examined["findings"], limits):
            examined = examiner.examine(name)
        sound[name] = not examined["findings"]
        _answer(examined)
    total = 0
    for number, job in enumerate(order["jobs"]):
        if sound[job["name"]]:
            done = _rendered(environment, number, job, limits)
            total += len(done["text"])
            if total > limits["total"]:
                said = f"all that it makes is more than {limits['total']:,} bytes"
                done |= {
                    "text": "",
                    "findings": [{"rule": "limit", "message": said, "template": job["name"], "where": job["where"]}],
                }
            _answer(done)
            sound[job["name"]] = all(one["rule"] != "limit" for one in done["findings"])


def _rendered(
    environment: "jinja2.Environment", number: int, job: Mapping[str, Any], limits: Mapping[str, float]
) -> dict[str, Any]:
    findings: list[Finding] = []
    text = ""
    with _caught(findings, limits):
        template = environment.get_template(job["name"])
        made = "".join(_bounded(template.generate(**job["variables"]), int(limits["bytes"])))
        text = made.encode().decode()  # raises where half a character is in it
    return {"job": number, "text": text, "findings": [{**one, "where": job["where"]} for one in findings]}


def make_environment(texts: Mapping[str, str], most: int) -> "jinja2.Environment":
    """Jinja with its sandbox, our filters, and templates from these texts alone."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Confined(ImmutableSandboxedEnvironment):
        """Also bounds what one expression can make. (Expressions that are intercepted are not computed while compiling.)"""

        intercepted_binops = frozenset(("*", "**"))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" and abs(right) * max(abs(left), 2).bit_length() > LARGEST_NUMBER // 1000:
                raise TooLargeError("a power is too large")
            size = _repeated(left, right) if operator == "*" else 0
            if size > most:
                raise TooLargeError(f"something repeated would have {size:,} parts")
            return super().call_binop(context, operator, left, right)

    environment = Confined(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(lambda name: (texts[name], name, lambda: True) if name in texts else None),
        cache_size=-1,
    )
    for names, one in ((environment.globals, "lipsum"), (environment.filters, "random")):
        del names[one]  # the same template makes the same text
    environment.filters |= {"literal": literal, "identifier": identifier, "class_name": class_name}
    return environment


def literal(value: Any) -> str:
    """A value as Python source, texts in double quotes.

    >>> literal(["cpu", None, 1.5])
    '["cpu", None, 1.5]'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\x7f")
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, tuple):
        return f"({', '.join(literal(one) for one in value)}{',' if len(value) == 1 else ''})"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise TypeError(f"no literal of Python says a {type(value).__name__}")


def _bounded(parts: Iterator[str], most: int) -> Iterator[str]:
    size = 0
    for part in parts:
        size += len(part)
        if size > most:
            raise TooLargeError(f"it makes a text of more than {most:,} bytes")
        yield part


def _repeated(left: Any, right: Any) -> int:
    """How long a text or list would be that is repeated; 0 of a product of numbers."""
    for one, times in ((left, right), (right, left)):
        if hasattr(one, "__len__") and isinstance(times, int):
            return len(one) * times
    return 0


@contextlib.contextmanager
def _caught(findings: list[Finding], limits: Mapping[str, float]) -> Iterator[None]:
    """Within the time of one text; what goes wrong becomes a finding."""
    import jinja2
    from jinja2.exceptions import SecurityError

    signal.setitimer(signal.ITIMER_REAL, limits["seconds"])
    try:
        yield
    except OutOfTimeError as error:
        findings.append(_finding("limit", f"it does not end within {limits['seconds']:g} s", error))
    except MemoryError as error:
        findings.append(_finding("limit", f"it takes more than {limits['megabytes']:,} MB of memory", error))
    except RecursionError as error:
        findings.append(_finding("limit", "it is nested too deep, or includes or calls itself without end", error))
    except TooLargeError as error:
        findings.append(_finding("limit", str(error), error))
    except SecurityError as error:
        findings.append(_finding("sandbox", f"{str(error).rstrip('.')}: a template has no such access", error))
    except jinja2.TemplateSyntaxError as error:
        findings.append({"rule": "syntax", "message": str(error.message), "line": error.lineno, "template": error.name})
    except jinja2.TemplateNotFound as error:
        findings.append(_finding("parent", f"no template is called {str(error.name)!r}", error))
    except jinja2.TemplateError as error:
        findings.append(_finding("variable", str(error.message), error))
    except Exception as error:  # noqa: BLE001  whatever a stranger's expression raises: 1/0, a wrong type
        findings.append(_finding("expression", f"{type(error).__name__}: {error}", error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _finding(rule: str, message: str, error: BaseException) -> Finding:
    """With the place in the template: of its innermost frame, rewritten by Jinja already or still that of the compiled text."""
    place: tuple[str | None, int | None] = (None, None)
    trace = error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_globals
        if template := names.get("__jinja_template__"):
            place = template.name, template.get_corresponding_lineno(trace.tb_lineno)
        elif names.get("__jinja_exception__") is not None or "__jinja_exception__" in trace.tb_frame.f_code.co_names:
            place = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return {"rule": rule, "message": message[:500], "template": place[0], "line": place[1]}


def _answer(told: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


def _out_of_time(*_: object) -> NoReturn:
    raise OutOfTimeError


def _confine(megabytes: float) -> None:
    """No more memory than this beyond what an interpreter takes, no core, no file of any size."""
    most = int((megabytes + 200) * MEGABYTE)
    for kind, limit in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
