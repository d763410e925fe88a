"""Test sessions as rows of one DuckDB file. The contract of the parts is in README.md and docs/."""

__version__ = "0.1.0"
