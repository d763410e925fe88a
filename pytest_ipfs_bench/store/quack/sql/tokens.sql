-- Which tokens are let in? In memory only.
CREATE TABLE {guard}.tokens (token VARCHAR NOT NULL)
