"""One database for many machines, by DuckDB's own server: what is said (`words`), by whom (`tokens`), to whom (`line`)."""
