-- What was found out about a version.
INSERT INTO template_validations
VALUES ($validation_id, $version_id, $ok, $findings, $rendered, $collected, $tools, $now)
