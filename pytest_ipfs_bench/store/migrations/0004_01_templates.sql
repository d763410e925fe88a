-- Templates by name; template_id is made from the name, so that the same name is the same template in every database.
CREATE TABLE templates (
    template_id UUID NOT NULL,
    name VARCHAR NOT NULL CHECK (regexp_full_match(name, '[A-Za-z][A-Za-z0-9_.-]{0,99}')),
    kind VARCHAR NOT NULL CHECK (kind IN ('test', 'skill', 'suite', 'model', 'backend', 'importer', 'helper')),
    created_at TIMESTAMP NOT NULL
)
