-- One row per template; the id is made from its name, so that databases merge. What it says is in its versions.
CREATE TABLE templates (
    template_id UUID PRIMARY KEY,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
)
