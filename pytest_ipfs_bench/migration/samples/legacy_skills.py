"""Shapes of the legacy project's skill tests: steps with texts, scripts that were run, pipelines."""

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    KEY,
    MEGABYTES,
    NAIVE,
    NAME,
    RATE,
    SECONDS,
    SPACED,
    Several,
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
        content={"test_hf_bert": STEPS, "test_hf_t5": STEPS, "test_default_lm": outcome("'transformers'")},
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
        name="perf_skill_wrap",
        stem=text("hf_{}_performance", KEY),
        content={
            "metadata": {
                "timestamp": NAIVE,
                "test_file": text("skills/test_hf_{}.py", KEY),
                "model": text("hf_{}", KEY),
                "execution_time": real(1, 30),
            },
            "results": STEPS,
        },
    ),
    Shape(
        name="perf_run",
        stem=text("performance_test_skills_{}", KEY),
        content={
            "timestamp": NAIVE,
            "command": text("run_performance_tests.py --skills --filter {}", KEY),
            "skill_tests": {
                text("test_hf_{}.py", KEY): outcome({
                    "test_file": text("test_hf_{}.py", KEY),
                    "elapsed_time": real(1, 30),
                    "return_code": 0,
                    "stdout": "Starting test...",
                    "json_result": {
                        "status": {"cpu": outcome("REAL"), "cuda": outcome("MOCK", simulated=True)},
                        "model_name": NAME,
                        "examples": [EXAMPLE, TIMED],
                    },
                }),
                "test_default_lm.py": outcome({
                    "test_file": "test_default_lm.py",
                    "elapsed_time": real(1, 30),
                    "return_code": 1,
                    "stderr": "ModuleNotFoundError: No module named 'transformers'",
                }),
            },
        },
    ),
    Shape(
        name="perf_single",
        stem=text("test_hf_{}_performance_{}", KEY, COMPACT),
        content=outcome({
            "test_file": text("test_hf_{}.py", KEY),
            "elapsed_time": real(1, 30),
            "return_code": 0,
            "json_result": {
                "status": {"cpu": outcome("REAL"), "openvino": outcome("REAL")},
                "model_name": NAME,
                "timestamp": NAIVE,
            },
        }),
    ),
    Shape(
        name="perf_module_set",
        stem="performance_test_results",
        content={
            "metadata": {"timestamp": NAIVE, "test_count": 3, "test_files": ["a.py", "b.py", "c.py"]},
            "results": {
                "skills/test_hf_bert.py": outcome({"status": "Success", "execution_time": SECONDS, "performance_metrics": {}}),
                "skills/test_hf_clip.py": outcome({"status": "Error", "error": "no module", "execution_time": SECONDS}),
                "skills/test_hf_t5.py": outcome({"status": "Failed", "execution_time": SECONDS}),
            },
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
        name="model_test_list",
        stem=text("new_model_tests_{}", COMPACT),
        content={
            "summary": {"total": 4, "success": 1, "failure": 3},
            "tests": [
                outcome({"status": "success", "model": KEY, "elapsed_time": SECONDS, "timestamp": NAIVE}),
                Several(1, 4, outcome({
                    "status": "error",
                    "error": text("line {}", whole(1, 9999)),
                    "model": text("m{}", TOKEN),
                })),
            ],
        },
    ),
    Shape(
        name="generation_summary",
        stem="test_generation_summary",
        content={
            "timestamp": COMPACT,
            "models_tested": ["bert", "t5"],
            "generation_stats": {"total": 1, "successful": 1},
            "generation_results": [
                outcome({"model_type": KEY, "success": True, "return_code": 0, "output_file": None, "elapsed_time": SECONDS}),
            ],
            "execution_results": [
                Several(1, 3, outcome({
                    "test_file": text("generated_skills/test_hf_{}.py", TOKEN),
                    "success": True,
                    "return_code": 0,
                    "elapsed_time": real(1, 60),
                })),
            ],
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
