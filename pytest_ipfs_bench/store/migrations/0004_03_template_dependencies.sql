-- One row per other template that a version names: whom it extends, includes, or imports from.
CREATE TABLE template_dependencies (
    dependency_id UUID NOT NULL,
    version_id UUID NOT NULL,
    relation VARCHAR NOT NULL CHECK (relation IN ('extends', 'include', 'import')),
    name VARCHAR NOT NULL
)
