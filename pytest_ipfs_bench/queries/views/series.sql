-- Measurements by what they measure, flat: cells of models, and benchmarks of tests (which have no model). What was imported of
-- a model is told apart by its case, too: other tools say there what we say in params. The hardware in its name is no difference.
CREATE OR REPLACE TEMP VIEW series AS
WITH groups AS (
    SELECT
        model_id, hardware_id, device_index, runtime, mode, precision, batch_size, sequence_length, weights, provenance, params,
        CASE WHEN model_id IS NULL THEN test_case END AS benchmark,
        CASE WHEN model_id IS NOT NULL AND provenance <> 'measured' THEN test_case END AS imported_case,
        max(created_at) AS newest,
        max({'at': coalesce(created_at, '-infinity'::TIMESTAMP), 'id': result_id}).id AS result_id,
        count(*) AS measurements
    FROM chosen_results
    GROUP BY ALL
)
SELECT
    g.*, m.model_name AS model, m.model_family AS family, m.parameters_million, h.hardware_type, h.is_software IS TRUE AS is_software,
    shown(h.hardware_type || CASE WHEN g.device_index > 0 THEN ':' || g.device_index ELSE '' END, h.is_software) AS hardware,
    shown(h.device_name, h.is_software) AS device,
    coalesce(translate(g.params ->> '$.shape', '{}"', ''), 'sequence_length:' || g.sequence_length) AS shape,
    CASE WHEN g.benchmark IS NULL THEN nullif(concat_ws(
        ',',
        CASE WHEN g.params IS NOT NULL THEN
            nullif(translate(json_merge_patch(g.params, '{"shape": null, "size": null}')::VARCHAR, '{}"', ''), '')
        END,
        'case:' || trim(replace(g.imported_case, coalesce(h.hardware_type, ''), ''), '_')
    ), '') END AS options
FROM groups g
LEFT JOIN models m USING (model_id)
LEFT JOIN hardware_platforms h USING (hardware_id)
