-- Which runs have measurements that were asked about, the newest first, and by what can each be called?
SELECT
    r.run_id::VARCHAR AS run_id,
    r.started_at,
    r.git_commit,
    r.git_branch,
    r.git_dirty,
    r.labels,
    coalesce(r.test_type = 'import', false) AS is_import,
    p.measurements
FROM asked_runs r
JOIN (SELECT run_id, count(*) AS measurements FROM chosen_results GROUP BY run_id) p USING (run_id)
ORDER BY r.started_at DESC NULLS LAST, r.run_id DESC
