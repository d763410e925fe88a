-- The current version of each template: the newest whose newest validation found nothing wrong.
CREATE TEMP VIEW current_templates AS
WITH validations AS (
    SELECT version_id, arg_max(ok, (created_at, validation_id)) AS ok FROM template_validations GROUP BY version_id
),
current AS (
    SELECT template_id, arg_max(version_id, (v.version, v.created_at, v.version_id)) AS version_id
    FROM template_versions v JOIN validations USING (version_id) WHERE ok GROUP BY template_id
)
SELECT t.name, v.text, v.version, v.created_at
FROM current JOIN template_versions v USING (version_id) JOIN templates t ON t.template_id = v.template_id
