-- Which runs are there, the newest first?
SELECT
    r.started_at,
    r.test_name AS name,
    r.test_type AS type,
    CASE WHEN r.success THEN 'success' WHEN NOT r.success THEN 'failure' ELSE 'unfinished' END AS result,
    r.exit_status,
    r.execution_time_seconds AS seconds,
    coalesce(t.tests, 0) AS tests,
    coalesce(t.failed, 0) AS failed,
    coalesce(p.measurements, 0) AS measurements,
    left(r.git_commit, 10) || CASE WHEN r.git_dirty THEN '+' ELSE '' END AS commit,
    r.git_branch AS branch,
    r.hostname AS host,
    r.run_id
FROM (SELECT * FROM asked_runs WHERE (getvariable('since') IS NULL OR started_at >= getvariable('since')::TIMESTAMP)
        AND (getvariable('until') IS NULL OR started_at < getvariable('until')::TIMESTAMP) ORDER BY started_at DESC NULLS LAST, run_id DESC LIMIT $limit) r
LEFT JOIN (
    SELECT run_id, count(*) AS tests, count(*) FILTER (WHERE status IN ('fail', 'error')) AS failed
    FROM chosen_outcomes GROUP BY run_id
) t USING (run_id)
LEFT JOIN (SELECT run_id, count(*) AS measurements FROM chosen_results GROUP BY run_id) p USING (run_id)
ORDER BY r.started_at DESC NULLS LAST, r.run_id DESC
