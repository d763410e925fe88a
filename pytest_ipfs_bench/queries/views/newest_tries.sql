-- The newest try of each cell, flat. An imported measurement is a try that ran: other tools keep no record of tries.
CREATE OR REPLACE TEMP VIEW newest_tries AS
WITH tries AS (
    SELECT
        model_id, hardware_id, device_index, runtime, precision, batch_size, sequence_length, mode, weights, provenance,
        metadata ->> '$.shape' AS shape, metadata ->> '$.options' AS options,
        max(created_at) AS newest,
        max({'at': coalesce(created_at, '-infinity'::TIMESTAMP), 'id': compatibility_id}).id AS compatibility_id
    FROM chosen_tries
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        model_id, hardware_id, device_index, runtime, precision, batch_size, sequence_length, mode, weights, provenance,
        max(created_at) AS newest
    FROM chosen_results
    WHERE provenance <> 'measured' AND model_id IS NOT NULL
    GROUP BY ALL
),
newest AS (
    SELECT
        t.*, m.model_name AS model, m.model_family AS family, h.hardware_type, h.is_software IS TRUE AS is_software,
        shown(h.hardware_type || CASE WHEN t.device_index > 0 THEN ':' || t.device_index ELSE '' END, h.is_software) AS hardware,
        shown(h.device_name, h.is_software) AS device
    FROM tries t
    LEFT JOIN models m USING (model_id)
    LEFT JOIN hardware_platforms h USING (hardware_id)
    QUALIFY row_number() OVER (
        PARTITION BY m.model_name, t.weights, hardware, device, t.runtime, t.precision, t.batch_size, t.sequence_length, t.mode,
            t.provenance, t.shape, t.options
        ORDER BY t.newest DESC NULLS LAST, t.compatibility_id DESC NULLS LAST
    ) = 1
)
SELECT
    n.model, n.family, n.weights, n.hardware_type, n.hardware, n.device, n.is_software, n.runtime, n.mode, n.precision,
    n.batch_size AS batch, n.shape, n.options, n.provenance, coalesce(c.status, 'compatible') AS status,
    c.error_type, c.error_message, c.suggested_fix, n.newest AS tried_at
FROM newest n
LEFT JOIN hardware_compatibility c USING (compatibility_id)
