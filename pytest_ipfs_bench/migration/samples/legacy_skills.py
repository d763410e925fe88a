"""Shapes of the legacy project's skill tests: steps with texts, examples, pipelines."""

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    KEY,
    MEGABYTES,
    NAIVE,
    NAME,
    RATE,
    SECONDS,
    SPACED,
    digits,
    epoch,
    measured,
    one_of,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape

TOKEN = digits(6)
STEPS = {
    "init": outcome("Success"),
    "cpu_init": outcome(one_of("Success", "Success (REAL)")),
    "cpu_handler": outcome(one_of("Success (REAL)", "Failed CPU handler", "Valid response")),
    "cpu_embedding_shape": [1, whole(64, 1024)],
    "cpu_embedding_type": "torch.float32",
    "cpu_sample_text": "Success is what the model wrote here, and no outcome",
    "cuda_tests": outcome(one_of("CUDA not available", "Skipped: no CUDA device")),
    "openvino_init": outcome("Failed OpenVINO initialization"),
    "openvino_tests": outcome(text("Error: expected {} tensors, got {}", whole(2, 9), whole(10, 99))),
    "apple_tests": outcome("Apple Silicon not available"),
    "qualcomm_init": outcome("Success (MOCK) - SNPE SDK not installed", simulated=True),
    "qualcomm_tests": outcome("'transformers'"),
}
STATUS = {
    "init": outcome("Success"),
    "cpu_init": outcome("Success (REAL)"),
    "cuda_init": outcome("Success (REAL)"),
    "cuda_benchmark": measured({
        "average_inference_time": SECONDS,
        "iterations": whole(1, 50),
        "cuda_device": "Quadro P4000",
        "cuda_memory_used_mb": MEGABYTES,
    }),
    "qualcomm_init": outcome("Success (MOCK)", simulated=True),
}  # fmt: skip
ABOUT = {"timestamp": epoch, "torch_version": "2.4.0+cu121", "cuda_available": False, "test_model": NAME}
EXAMPLE = {"input": "The quick brown fox", "output": {"embedding_shape": [1, 768]}, "platform": "CPU"}
TIMED = measured({**EXAMPLE, "timestamp": NAIVE, "elapsed_time": SECONDS, "implementation_type": "REAL"})
SIMULATED = measured(
    {**EXAMPLE, "timestamp": NAIVE, "elapsed_time": SECONDS, "implementation_type": "REAL", "is_simulated": True},
    simulated=True,
)
PIPELINE = {
    "model": NAME,
    "device": "cuda",
    "pipeline_success": True,
    "pipeline_avg_time": SECONDS,
    "pipeline_error_type": "none",
}
RUN = {"device": "cuda", "pipeline_error_type": "missing_dependency",
       "pipeline_test": "Missing dependencies: sentencepiece"}  # fmt: skip

SHAPES = (
    Shape(
        name="skill_flat",
        stem=text("hf_{}_test_results", KEY),
        content={**STEPS, "cpu_example": TIMED, "metadata": ABOUT},
    ),
    Shape(
        name="skill_flat_without_time",
        content={
            text("case_{}_init", TOKEN): outcome("Success"),
            text("case_{}_handler", TOKEN): outcome("Failed handler"),
            text("case_{}_tests", TOKEN): outcome(text("Error: out of memory at step {}", whole(1, 999))),
        },
        timed=False,
    ),
    Shape(
        name="skill_flat_set",
        stem=text("hardware_cpu_results_{}", COMPACT),
        content={
            text("test_hf_{}", TOKEN): STEPS,
            text("test_vision_{}", TOKEN): STEPS,
            text("test_default_{}", TOKEN): outcome("'transformers'"),
        },
        timed=False,
    ),
    Shape(
        name="skill_status",
        stem=text("hf_{}_test_results", KEY),
        content={
            "status": STATUS,
            "examples": [EXAMPLE, TIMED, SIMULATED],
            "metadata": {"model_name": NAME, "model_type": KEY, "test_timestamp": NAIVE},
        },
    ),
    Shape(
        name="skill_run",
        stem=text("{}_test", KEY),
        content={
            "results": {"pipeline_cuda": outcome(PIPELINE), "pipeline_cpu": outcome(RUN), "all_hardware": None},
            "examples": [],
            "performance": {
                "pipeline_cuda": measured({"avg_time": SECONDS, "min_time": real(0.001, 0.002), "num_runs": whole(3, 9)}),
            },
            "metadata": {"model": NAME, "task": "fill-mask", "timestamp": NAIVE, "generation_timestamp": SPACED},
        },
    ),
    Shape(
        name="pipeline_test",
        stem=text("simple_test_{}", KEY),
        content={
            "results": {
                "pipeline": outcome({"success": True, "model": NAME}),
                "from_pretrained": outcome({"success": False, "model": NAME, "error": "out of memory"}),
            },
            "metadata": {"model": NAME, "timestamp": NAIVE},
        },
    ),
    Shape(
        name="platform_tests",
        stem=text("hf_{}_test_results", KEY),
        content={
            "timestamp": COMPACT,
            "model": NAME,
            "tests": {
                "cpu": outcome(measured({
                    "status": "Success (REAL)",
                    "inference_time": SECONDS,
                    "samples_per_second": RATE,
                    "platform": "CPU",
                    "timestamp": COMPACT,
                })),
                "cuda": outcome({"status": "Failed", "error": "no CUDA device", "platform": "CUDA", "timestamp": COMPACT}),
            },
            "summary": {"success_count": 1, "total_count": 2},
        },
    ),
    Shape(
        name="test_error_doc",
        stem=text("hf_{}_test_results", KEY),
        content={"test_error": outcome("cannot access local variable 'model'"), "metadata": ABOUT},
    ),
    Shape(
        name="ipfs_test_results",
        stem="test_results",
        content={
            "test_ipfs_accelerate": {
                text("test_worker_{}", TOKEN): outcome(text("Error initializing worker {}", whole(1, 99))),
                text("test_backend_{}", TOKEN): outcome("Error initializing backend"),
            },
        },
        timed=False,
    ),
)  # fmt: skip
