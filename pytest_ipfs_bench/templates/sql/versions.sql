-- Which versions are there of which templates, the newest first, and what did the newest validation of each find?
WITH validations AS (
    SELECT version_id, ok, findings, rendered, collected, tools,
        row_number() OVER (PARTITION BY version_id ORDER BY created_at DESC, validation_id DESC) AS place
    FROM template_validations
)
SELECT t.name, v.version_id, v.version, v.text, v.sha256, v.author, v.message, v.created_at,
    n.ok, n.findings::VARCHAR AS findings, n.rendered, n.collected, n.tools::VARCHAR AS tools
FROM template_versions v
JOIN templates t USING (template_id)
LEFT JOIN validations n ON n.version_id = v.version_id AND n.place = 1
WHERE $name IS NULL OR t.name = $name
ORDER BY t.name, v.version DESC, v.created_at DESC, v.version_id DESC
