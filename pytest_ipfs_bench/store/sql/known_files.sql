-- What became of files with these hashes, each at its first import, and how many rows came from it (or were known)?
SELECT
    source_id::VARCHAR,
    path,
    sha256,
    status,
    coalesce(strftime(imported_at, '%Y-%m-%d'), ''),
    coalesce(performance_rows, 0) + coalesce(compatibility_rows, 0) + coalesce(outcome_rows, 0) + coalesce(duplicate_rows, 0)
FROM import_sources
WHERE sha256 IN (SELECT unnest($hashes::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY sha256 ORDER BY imported_at, source_id) = 1
