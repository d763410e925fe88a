-- Power, energy and heat of a performance row (result_id): W, J, s, degrees Celsius.
CREATE TABLE power_metrics (
    result_id UUID NOT NULL,
    average_power_w DOUBLE,
    peak_power_w DOUBLE,
    idle_power_w DOUBLE,
    energy_joules DOUBLE,
    duration_s DOUBLE,
    temperature_celsius DOUBLE,
    throttled BOOLEAN,
    throttle_reasons VARCHAR,
    source VARCHAR,
    metadata JSON
)
