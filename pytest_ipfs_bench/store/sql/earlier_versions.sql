-- Which files of this tree were imported before under these paths, each at its newest import?
SELECT
    source_id::VARCHAR,
    path,
    sha256,
    status,
    coalesce(strftime(imported_at, '%Y-%m-%d'), ''),
    coalesce(performance_rows, 0) + coalesce(compatibility_rows, 0) + coalesce(outcome_rows, 0) + coalesce(duplicate_rows, 0)
FROM import_sources s
JOIN test_runs r USING (run_id)
WHERE path IN (SELECT unnest($paths::VARCHAR[])) AND (r.metadata ->> '$.tree') = $tree
QUALIFY row_number() OVER (PARTITION BY path ORDER BY imported_at DESC, source_id DESC) = 1
