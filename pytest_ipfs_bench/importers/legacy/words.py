"""The legacy project's words for outcomes, and the texts of steps that state one. Pure functions."""

import re
from typing import Any

# Words of a field that holds an outcome. What goes on, or waits, has none yet.
OUTCOMES = {
    "success": "pass", "successful": "pass", "succeeded": "pass", "pass": "pass", "passed": "pass", "ok": "pass",
    "completed": "pass", "complete": "pass", "done": "pass", "real": "pass", "mock": "pass",
    "fail": "fail", "failed": "fail", "failure": "fail", "incomplete": "fail",
    "error": "error", "errored": "error", "exception": "error", "crash": "error", "crashed": "error",
    "timeout": "error", "timed_out": "error", "oom": "error", "out_of_memory": "error",
    "skip": "skip", "skipped": "skip", "missing": "skip", "unavailable": "skip", "not_available": "skip",
    "not_implemented": "skip", "unsupported": "skip", "xfail": "xfail", "xpass": "xpass", "unknown": "unknown",
}  # fmt: skip
# These are said of tests only; the others also of tasks, requests and documents.
OF_TESTS = {"pass", "passed", "fail", "skip", "xfail", "xpass"}
# Texts that steps map to, in the order in which they are asked.
TEXTS = (
    (re.compile(r"(Success(ful(ly)?)?|Valid)\b|(PASS(ED)?|Passed|OK)\Z"), "pass"),
    (re.compile(r"(Failed|FAILED|FAIL)\b"), "fail"),
    (re.compile(r"(Handler |Unexpected )?([Ee]rror|ERROR)\b|\[Errno -?\d+\]|Exception\b|Traceback \("), "error"),
    (re.compile(r"(Skipped|SKIPPED|Not implemented|Not supported|Missing dependenc)"), "skip"),
    (re.compile(r"[^\n]{1,60} not (available|installed|implemented|supported)\b[^\n]{0,40}\Z"), "skip"),
)
ORNAMENTS = " \t\r\n\u2705\u274c\u26a0\ufe0f\u2713\u2717\u2714"
LONGEST_WORD = 40
# Texts of a step that are one word; in capitals they are of a platform.
STEP_WORDS = {"success", "pass", "passed", "fail", "failed", "error", "timeout", "skip", "skipped", "missing"}
PLATFORM_WORDS = {"REAL", "MOCK", "UNKNOWN", "INCOMPLETE"}
# What stands under these keys is a model's output or a description, also where it begins like an outcome.
NO_STEP = re.compile(
    r"_(sample_text|sample|first_output|response|text_output|image_output|type|shape|device|dtype|methods|version|path"
    r"|implementation|capability|preview|prompt|traceback|command)\Z"
)
NO_STEPS = {
    "audio_format", "stdout", "stderr", "message", "messages", "reason", "detail", "details", "description", "note",
    "notes", "comment", "command", "title", "text", "content", "generated_text", "output", "response", "input", "prompt",
    "summary", "log", "logs",
}  # fmt: skip
# Any other text under these keys is the message of what went wrong.
ERROR_STEP = re.compile(r"(_tests|_error)\Z")


def outcome_word(value: Any) -> str | None:
    """The outcome that a word names; of a longer text, what it begins with.

    >>> outcome_word("Timeout"), outcome_word("Success (REAL)"), outcome_word("running"), outcome_word(True)
    ('error', 'pass', None, None)
    """
    if not isinstance(value, str):
        return None
    if len(value) < LONGEST_WORD:
        word = OUTCOMES.get(value.strip().lower().replace(" ", "_").replace("-", "_"))
        if word is not None:
            return word
    return outcome_text(value)


def outcome_text(value: str) -> str | None:
    """The outcome that a step's text states; None for any other text.

    >>> outcome_text("CUDA not available"), outcome_text("[Errno 32] Broken pipe"), outcome_text("Once upon a time")
    ('skip', 'error', None)
    """
    text = value.lstrip(ORNAMENTS)
    return next((status for pattern, status in TEXTS if pattern.match(text)), None)
