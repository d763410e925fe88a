"""Shapes of the legacy project's tests of APIs: steps, requests, and documents of errors."""

from pytest_ipfs_bench.migration.samples.draw import (
    COMPACT,
    NAIVE,
    OFFSET,
    SECONDS,
    ZULU,
    Several,
    digits,
    one_of,
    outcome,
    text,
    whole,
)
from pytest_ipfs_bench.migration.samples.shapes import Shape

TOKEN = digits(6)
MOCKED = outcome({
    "success": True,
    "request_id": text("req_{}", TOKEN),
    "tag": text("backoff_{}", whole(1, 99)),
    "time_taken": SECONDS,
    "text": "This is a mock response for testing.",
    "thread": "MainThread",
}, simulated=True)  # fmt: skip
REQUEST = outcome({
    "success": True,
    "request_id": text("req_{}", TOKEN),
    "time_taken": SECONDS,
    "content": one_of("Error: Circuit breaker is OPEN. Service unavailable.", "Four is the answer."),
    "error": None,
    "tag": text("basic_{}", whole(1, 99)),
    "timestamp": one_of(NAIVE, ZULU, OFFSET),
})  # fmt: skip

SHAPES = (
    Shape(
        name="api_flat",
        stem=text("api_{}_test_results", COMPACT),
        content={
            text("endpoint_{}_creation", TOKEN): outcome("Success"),
            text("post_{}_request", TOKEN): outcome("Success but unexpected format"),
            text("post_{}_request_headers", TOKEN): outcome("Failed to set authorization header"),
            "request_formatting": outcome(text("Error: 'api_{}' object has no attribute 'format_request'", TOKEN)),
            text("error_handling_{}", TOKEN): outcome("[Errno 111] Connection refused"),
            text("streaming_{}", TOKEN): outcome("Method not implemented"),
            "model_example": "Once upon a time a request was answered.",
        },
        timed=False,
    ),
    Shape(
        name="api_backoff",
        stem="backoff_queue_test",
        content={
            "api": "claude",
            "timestamp": COMPACT,
            "model": "claude-3-haiku-20240307",
            "backoff_test": [Several(1, 3, MOCKED)],
            "queue_test": [Several(1, 3, MOCKED)],
        },
    ),
    Shape(
        name="api_requests",
        stem="backoff_queue_comprehensive",
        content={
            "timestamp": COMPACT,
            "model": "llama3",
            "total_requests": 20,
            "successful_requests": 20,
            "results": {"basic_queue": [Several(2, 5, REQUEST)], "queue_sizes": [Several(1, 3, REQUEST)], "without_queue": {}},
        },
    ),
    Shape(
        name="api_status",
        stem="api_implementation_status",
        content={
            "timestamp": COMPACT,
            "apis": {
                "openai": outcome({"status": "MOCK", "implementation_type": "MOCK"}, simulated=True),
                "claude": outcome({"status": "REAL", "implementation_type": "REAL"}),
                "ollama": outcome({"status": "INCOMPLETE", "implementation_type": "INCOMPLETE"}),
                "gemini": outcome({"error": text("expected an indented block (gemini.py, line {})", whole(1, 999))}),
            },
        },
    ),
    Shape(
        name="suite_tests",
        stem="queue_backoff_tests",
        content={
            "timestamp": NAIVE,
            "tests": {
                "api_backoff": {"ollama": outcome({"exit_code": 1, "status": "Failed"})},
                "ollama_comprehensive": outcome({"exit_code": 0, "status": "Success"}),
                "api_multiplexing": outcome({"exit_code": 1, "status": "Timeout"}),
            },
            "success_count": 9,
            "total_tests": 3,
        },
    ),
    Shape(
        name="error_doc",
        stem="api_multiplexing_error",
        content=outcome({
            "status": "Error",
            "error": "'module' object is not callable",
            "traceback": text("Traceback (most recent call last):\n  line {}", whole(1, 999)),
            "timestamp": NAIVE,
        }),
    ),
)  # fmt: skip
