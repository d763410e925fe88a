"""Shapes of the legacy project's scripts that ran tests: what each ended with, and what it printed."""

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    KEY,
    NAIVE,
    NAME,
    SECONDS,
    Several,
    outcome,
    real,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.legacy_skills import EXAMPLE, STEPS, TIMED, TOKEN
from pytest_ipfs_bench.migration.samples.shapes import Shape

SHAPES = (
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
        }, timed=False),
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
                }, timed=False)),
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
)  # fmt: skip
