-- Texts, dependencies or validations belong to a template that is not there.
-- (Look at the rows: SELECT * FROM template_versions WHERE version_id = ...)
SELECT version_id AS id FROM template_versions ANTI JOIN templates USING (template_id)
UNION ALL
SELECT dependency_id FROM template_dependencies ANTI JOIN template_versions USING (version_id)
UNION ALL
SELECT validation_id FROM template_validations ANTI JOIN template_versions USING (version_id)
