"""Keys of the legacy project's documents: which name hardware, models, batches or sections, and which hold no rows."""

import functools
import re
from dataclasses import dataclass

from pytest_ipfs_bench.importers import values

LONGEST = 160
FAMILIES = {
    "embedding", "text_embedding", "text_generation", "text_classification", "vision", "audio", "multimodal", "video",
    "vision_language", "language", "speech", "text", "image",
}  # fmt: skip
MODES = ("training", "inference")
PRECISIONS = {"fp32", "fp16", "bf16", "fp8", "int8", "uint8", "int4", "int3", "int2", "float32", "float16", "bfloat16"}
# owner/name, or a known architecture with its size; a script's path and a test's name are no model.
MODEL = re.compile(
    r"([\w.-]+/(?!.*\.(py|js|ts|sh|json|html?|txt|csv)\Z)[\w.-]+"
    r"|((tiny-|distil|ro|al|de|mo|camem|xlm-ro|m)?bert|(distil)?gpt|opt|(flan-?|m)?t5|(tiny)?llama|qwen|(x-?|open)?clip|clap"
    r"|vit|deit|detr|whisper|wav2vec|hubert|llava|resnet|convnext|swin|mistral|mixtral|gemma|phi|bloom|falcon|mamba|bart"
    r"|pegasus|blip|sam)([.-]?\d[\w.-]*|-[\w.-]+|(_(base|tiny|mini|small|medium|large|xl|uncased|cased|next|hf|chat))+)?)\Z",
    re.IGNORECASE,
)
BATCH = re.compile(r"(?:batch(?:_size)?|bs)[_-]?(\d{1,9})(?:[_-](.+))?\Z")
SEQUENCE = re.compile(r"seq(?:uence)?(?:_?len(?:gth)?)?[_-]?(\d{1,9})\Z")
# Keys of sections: what is below them is not called so.
SECTIONS = re.compile(
    r"((.*_)?(results?|tests?|benchmarks?|runs?|cases?|checks?|measurements?|performance|metrics|requests?|verification"
    r"|data|details|entries|items|records|rows|apis|models?|model_families|platforms?|examples|status|outcomes?"
    r"|compatibility|matrix|sizes|batches|json_result|children))\Z"
)
# Sections of outcomes: what says no more than how it ended is of a test here.
OF_TESTS = re.compile(
    r"((.*_)?(results?|tests?|benchmarks?|runs?|cases?|checks?|requests?|verification|performance|outcomes?)|apis)\Z"
)
OF_MODELS = {"models", "model_results", "by_model", "results_by_model", "per_model", "model_benchmarks", "benchmarks"}
OF_BATCHES = {"batch_results", "batch_sizes", "by_batch", "by_batch_size", "results_by_batch_size", "batches"}
OF_MATRICES = {
    "model_results", "compatibility_matrix", "hardware_compatibility", "compatibility", "model_compatibility",
    "model_hardware_compatibility", "hardware_compatibility_matrix",
}  # fmt: skip
# Lists whose name says how all in them ended.
LISTED = (
    (re.compile(r"(completed|passed|successful)_\w+\Z"), "pass"),
    (re.compile(r"(failed|failing)_\w+\Z"), "error"),
    (re.compile(r"skipped_\w+\Z"), "skip"),
)
# Sections whose rows are of one kind of test, whatever document they stand in.
GROUPS = {
    "detailed_results": "functionality", "completed_benchmarks": "benchmark", "failed_benchmarks": "benchmark",
    "skipped_benchmarks": "benchmark", "generation_results": "generate", "apis": "api_implementation",
}  # fmt: skip
# Where a row may hold the rows of which it is the sum, and where a test holds what it ran.
CELLS = re.compile(r"(.*_)?(results|tests|benchmarks|runs|cases|batches|batch_sizes|by_batch\w*|configurations)\Z")
RAN = ("json_result", "performance_metrics", "examples", "steps")
# A map that repeats the rows of a list beside it.
COPIES = {"model_results": "detailed_results"}
# Descriptions of a run, what it was to reach, and sums over its rows: never rows of their own.
DESCRIPTIONS = {
    "metadata", "meta", "system_info", "system", "hardware_info", "hardware_detected", "hardware_capabilities",
    "hardware_details", "available_hardware", "capabilities", "environment", "env", "host", "machine", "platform_support",
    "config", "configuration", "settings", "parameters", "params", "options", "arguments", "args", "benchmark_config",
    "test_config", "dependencies", "versions", "software", "tested_on", "thresholds", "limits", "targets", "requirements",
    "goals", "expectations",
}  # fmt: skip
SUMS = re.compile(
    r"((.*_)?(summary|stats|statistics|aggregates?|averages?|totals?|comparisons?|analysis|recommendations|rankings?)"
    r"|platform_status|platform_coverage|best|worst|optimal|baselines?)\Z"
)
# Added to documents after the run.
NOTES = ("simulated_hardware", "warnings", "WARNING")
# What a model was given and gave back.
PAYLOADS = {"input", "inputs", "output", "outputs", "predictions", "response", "responses", "prompt", "logs", "log"}
GIVEN = {"input", "inputs", "output", "outputs", "prompt", "response"}


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
    tests: bool = False  # a section of outcomes
    model: bool = False  # it looks like a model's name
    listed: str | None = None  # the outcome of what it lists

    @property
    def is_name(self) -> bool:
        """Whether it may be a name: of a model, of a test."""
        return not (self.whole or self.section or self.batch or self.sequence or self.family or self.precision)


@functools.lru_cache(maxsize=4096)
def slot(key: str) -> Slot:
    """What a key says of what stands below it.

    >>> slot("batch_4_seq_32").batch, slot("pipeline_cuda").hardware, slot("openai/whisper-tiny").model
    (4, 'cuda', True)
    """
    if len(key) > LONGEST:
        return Slot()
    word = key.strip().lower()
    if (found := values.hardware(word)) is not None:
        return Slot(hardware=found, whole=True)
    if match := BATCH.match(word):
        rest = match[2] or ""
        return Slot(
            batch=int(match[1]) or None, sequence=_sequence(rest), variant=rest or None, precision=_precision(rest)
        )
    return Slot(
        hardware=_token(word),
        sequence=_sequence(word),
        precision=_precision(word),
        family=word if word in FAMILIES else None,
        mode=next((mode for mode in MODES if mode in word), None),
        section=SECTIONS.match(word) is not None,
        tests=OF_TESTS.match(word) is not None,
        model=MODEL.match(key) is not None,
        listed=next((status for pattern, status in LISTED if pattern.match(word)), None),
    )


@functools.lru_cache(maxsize=4096)
def cells(names: tuple[str, ...]) -> tuple[str, ...]:
    """The keys in a row that may hold the rows of which it is the sum."""
    return tuple(filter(CELLS.match, names))


def is_description(key: str) -> bool:
    """Whether what stands under a key describes a run, or sums up its rows."""
    return key in DESCRIPTIONS or SUMS.match(key) is not None


def step_hardware(key: str) -> str | None:
    """The hardware that a step's name begins with.

    >>> step_hardware("cuda_init"), step_hardware("apple_tests"), step_hardware("init")
    ('cuda', 'mps', None)
    """
    return values.hardware(key) or values.hardware(key.partition("_")[0])


def _token(word: str) -> str | None:
    """The hardware that a name of several words begins or ends with: `pipeline_cuda`, `webgpu_results`."""
    first, _, rest = word.partition("_")
    return (values.hardware(first) or values.hardware(rest.rpartition("_")[2])) if rest else None


def _sequence(word: str) -> int | None:
    found = SEQUENCE.match(word)
    return int(found[1]) or None if found else None


def _precision(word: str) -> str | None:
    return word if word in PRECISIONS else None
