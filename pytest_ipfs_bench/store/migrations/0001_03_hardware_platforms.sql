-- One row per kind of device; the id is made from what identifies it, the same on every machine.
CREATE TABLE hardware_platforms (
    hardware_id UUID PRIMARY KEY,
    hardware_type VARCHAR NOT NULL,
    device_name VARCHAR,
    vendor VARCHAR,
    platform VARCHAR,
    platform_version VARCHAR,
    driver_version VARCHAR,
    memory_gb DOUBLE CHECK (memory_gb >= 0),
    compute_units BIGINT CHECK (compute_units >= 0),
    is_software BOOLEAN,
    metadata JSON,
    created_at TIMESTAMP
)
