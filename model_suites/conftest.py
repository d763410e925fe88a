"""What the folder's name stands for: inference. Generation, training and many processes run where they are named.

By their file (`--pyargs model_suites.test_training`), or by a suite that has them (`--bench-suite=training`).
"""

from pathlib import Path


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves the other tests of this folder out; a file that is named on the command line is never asked about."""
    others = collection_path.name.startswith("test_") and collection_path.stem != "test_inference"
    return True if others and collection_path.parent == Path(__file__).parent else None
