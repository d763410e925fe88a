-- Which templates a version of a template builds on, by their names.
CREATE TABLE template_dependencies (
    dependency_id UUID NOT NULL,
    version_id UUID NOT NULL,
    relation VARCHAR NOT NULL CHECK (relation IN ('extends', 'include', 'import')),
    name VARCHAR NOT NULL
)
