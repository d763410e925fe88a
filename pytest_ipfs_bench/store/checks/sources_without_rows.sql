-- Imported files say that they brought rows, and none of them is here.
-- (Were they pruned? Bring them back: ipfs-bench import --reimport.)
SELECT source_id
FROM import_sources s
WHERE status = 'imported'
    AND NOT EXISTS (SELECT 1 FROM performance_results p WHERE p.source_id = s.source_id)
    AND NOT EXISTS (SELECT 1 FROM hardware_compatibility c WHERE c.source_id = s.source_id)
    AND NOT EXISTS (SELECT 1 FROM integration_test_results o WHERE o.source_id = s.source_id)
