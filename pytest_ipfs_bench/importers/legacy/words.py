"""The legacy project's words: outcomes, markers of simulation, families, and keys that hold no results. Pure functions."""

import functools
import re
from dataclasses import dataclass
from typing import Any

from pytest_ipfs_bench.importers import values

# Words of a field that holds an outcome. A run that goes on, or waits, has none yet.
OUTCOMES = {
    "success": "pass", "successful": "pass", "succeeded": "pass", "pass": "pass", "passed": "pass", "ok": "pass",
    "completed": "pass", "complete": "pass", "done": "pass", "real": "pass", "mock": "pass",
    "fail": "fail", "failed": "fail", "failure": "fail", "incomplete": "fail", "missing": "fail",
    "error": "error", "errored": "error", "exception": "error", "crash": "error", "crashed": "error",
    "timeout": "error", "timed_out": "error", "oom": "error", "out_of_memory": "error",
    "skip": "skip", "skipped": "skip", "unavailable": "skip", "not_available": "skip", "not_implemented": "skip",
    "unsupported": "skip", "xfail": "xfail", "xpass": "xpass", "unknown": "unknown",
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
# Texts of a step that are one word.
STEP_WORDS = {"success", "pass", "passed", "fail", "failed", "error", "timeout", "skip", "skipped", "missing"}
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
SIMULATED = re.compile(r"(?<![A-Za-z_])(mock(ed)?|simulat(ed|ion|or))(?![a-z_])", re.IGNORECASE)
IMPLEMENTED = re.compile(r"mock|simulat", re.IGNORECASE)
MARKS = {"is_simulated", "is_simulation", "simulated", "simulation", "is_mock", "mock", "mocked", "simulation_mode"}
TELLING = {"implementation_type": IMPLEMENTED, "implementation": IMPLEMENTED, "environment": SIMULATED}
# Where a test holds what it ran.
RAN = ("json_result", "performance_metrics", "examples", "steps", "results", "tests")
FAMILIES = {
    "embedding", "text_embedding", "text_generation", "text_classification", "vision", "audio", "multimodal", "video",
    "vision_language", "language", "speech", "text", "image",
}  # fmt: skip
MODEL = re.compile(
    r"([\w.-]+/(?!.*\.(py|js|ts|sh|json|html?|txt|csv)\Z)[\w.-]+|(tiny-|distil|ro|al|de|mo|camem|xlm-ro|electra|mbert)?bert(?![a-z]{4}).*|(distil)?gpt.*|opt-?\d.*|(flan-?|m)?t5.*"
    r"|(tiny)?llama.*|qwen.*|(x-?|open)?clip.*|clap.*|vit.*|deit.*|detr.*|whisper.*|wav2vec.*|hubert.*|llava.*|resnet.*"
    r"|convnext.*|swin.*|mistral.*|mixtral.*|gemma.*|phi-?\d.*|bloom.*|falcon.*|mamba.*|bart.*|pegasus.*|blip.*|sam)\Z",
    re.IGNORECASE,
)
# Descriptions of a run and sums over its rows: never rows of their own.
DESCRIPTIONS = {
    "metadata", "meta", "system_info", "system", "hardware_info", "hardware_detected", "hardware_capabilities",
    "hardware_details", "available_hardware", "capabilities", "environment", "env", "host", "machine", "platform_support",
    "config", "configuration", "settings", "parameters", "params", "options", "arguments", "args", "benchmark_config",
    "test_config", "dependencies", "versions", "software", "tested_on",
}  # fmt: skip
# Added to documents after the run.
NOTES = ("simulated_hardware", "warnings", "WARNING")
SUMS = re.compile(
    r"((.*_)?(summary|stats|statistics|aggregates?|averages?|totals?|comparisons?|analysis|recommendations|rankings?)"
    r"|platform_status|platform_coverage|performance_comparison|best|worst|optimal|baselines?)\Z"
)
# What a model was given and gave back.
PAYLOADS = {"input", "inputs", "output", "outputs", "predictions", "response", "responses", "prompt", "logs", "log"}
GIVEN = {"input", "inputs", "output", "outputs", "prompt", "response"}
# Keys of sections: the name of what is below them is not theirs.
SECTIONS = re.compile(
    r"((.*_)?(results?|tests?|benchmarks?|runs?|cases?|checks?|measurements?|performance|metrics|requests?|verification"
    r"|data|details|entries|items|records|rows|apis|models?|model_families|platforms?|examples|status|outcomes?"
    r"|compatibility|matrix|sizes|batches|json_result|children))\Z"
)
# Keys below which there are models.
OF_MODELS = {"models", "model_results", "by_model", "results_by_model", "per_model", "model_benchmarks", "benchmarks"}
OF_BATCHES = {"batch_results", "batch_sizes", "by_batch", "by_batch_size", "results_by_batch_size", "batches"}
OF_MATRICES = {
    "model_results", "compatibility_matrix", "hardware_compatibility", "compatibility", "model_compatibility",
    "model_hardware_compatibility", "hardware_compatibility_matrix",
}  # fmt: skip
LISTED = (
    (re.compile(r"(completed|passed|successful)_\w+\Z"), "pass"),
    (re.compile(r"(failed|failing)_\w+\Z"), "error"),
    (re.compile(r"skipped_\w+\Z"), "skip"),
)
# Sections whose rows are of one kind of test, whatever list of that kind they stand in.
GROUPS = {
    "detailed_results": "functionality", "completed_benchmarks": "benchmark", "failed_benchmarks": "benchmark",
    "skipped_benchmarks": "benchmark", "generation_results": "generate", "apis": "api_implementation",
}  # fmt: skip
BATCH = re.compile(r"(?:batch(?:_size)?|bs)[_-]?(\d{1,9})(?:[_-](.+))?\Z", re.IGNORECASE)
SEQUENCE = re.compile(r"seq(?:uence)?(?:_?len(?:gth)?)?[_-]?(\d{1,9})\Z", re.IGNORECASE)
PRECISIONS = {"fp32", "fp16", "bf16", "fp8", "int8", "uint8", "int4", "int3", "int2", "float32", "float16", "bfloat16"}
LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """What a key says of what stands below it."""

    hardware: str | None = None
    whole: bool = False  # the key is the word for the hardware, and nothing else
    batch: int | None = None
    sequence: int | None = None
    variant: str | None = None
    precision: str | None = None
    family: str | None = None
    mode: str | None = None
    section: bool = False
    model: bool = False  # it looks like a model's name
    listed: str | None = None  # the outcome of what it lists


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


def tells_simulation(text: Any) -> bool:
    """Whether a text says that something was simulated.

    >>> tells_simulation("Success (MOCK)"), tells_simulation("REAL - simulated for performance testing")
    (True, True)
    >>> tells_simulation("no 'MagicMock'"), tells_simulation("Success (REAL)")
    (False, False)
    """
    return isinstance(text, str) and SIMULATED.search(text) is not None


@functools.lru_cache(maxsize=4096)
def slot(key: str) -> Slot:
    """What a key says of what stands below it.

    >>> slot("batch_4_seq_32").batch, slot("pipeline_cuda").hardware, slot("openai/whisper-tiny").model
    (4, 'cuda', True)
    """
    if len(key) > 4 * LONGEST_WORD:
        return Slot()
    word = key.strip().lower()
    if (found := values.hardware(word)) is not None:
        return Slot(hardware=found, whole=True)
    if match := BATCH.match(word):
        rest = match[2]
        return Slot(batch=int(match[1]) or None, sequence=_sequence(rest), variant=rest, precision=_precision(rest))
    return Slot(
        hardware=_token(word),
        sequence=_sequence(word),
        precision=_precision(word),
        family=word if word in FAMILIES else None,
        mode=next((mode for mode in ("training", "inference") if mode in word), None),
        section=SECTIONS.match(word) is not None,
        model=MODEL.match(key) is not None,
        listed=next((status for pattern, status in LISTED if pattern.match(word)), None),
    )


def is_description(key: str) -> bool:
    """Whether what stands under a key describes a run, or sums up its rows."""
    return key in DESCRIPTIONS or SUMS.match(key) is not None


def step_hardware(key: str) -> str | None:
    """The hardware that a step's name begins with: `cuda_init`, `apple_tests`."""
    return values.hardware(key) or values.hardware(key.partition("_")[0])


def _token(word: str) -> str | None:
    """The hardware that a name of several words begins or ends with: `pipeline_cuda`, `webgpu_results`."""
    first, _, rest = word.partition("_")
    return (values.hardware(first) or values.hardware(rest.rpartition("_")[2])) if rest else None


def _sequence(word: str | None) -> int | None:
    found = SEQUENCE.match(word) if word else None
    return int(found[1]) or None if found else None


def _precision(word: str | None) -> str | None:
    return word if word in PRECISIONS else None
