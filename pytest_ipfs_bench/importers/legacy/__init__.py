"""Results of the legacy project (ipfs_accelerate_py, February and March 2025), in whatever nesting they lie."""

from pytest_ipfs_bench.importers.legacy.importer import IMPORTERS

__all__ = ["IMPORTERS"]
