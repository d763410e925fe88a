-- Where do hand-overs queue up? In the served database itself, as a transaction changes one database only.
CREATE OR REPLACE TABLE served_turns AS SELECT 0::BIGINT AS turn
