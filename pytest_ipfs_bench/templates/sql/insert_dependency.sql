-- Another template that a version names.
INSERT INTO template_dependencies VALUES ($dependency_id, $version_id, $relation, $name)
