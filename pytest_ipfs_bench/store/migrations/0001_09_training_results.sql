-- What only training has, of a performance row (result_id).
CREATE TABLE training_results (
    result_id UUID NOT NULL,
    optimizer VARCHAR,
    learning_rate DOUBLE,
    gradient_accumulation BIGINT,
    mixed_precision VARCHAR,
    strategy VARCHAR,
    world_size BIGINT,
    forward_ms DOUBLE,
    backward_ms DOUBLE,
    optimizer_ms DOUBLE,
    loss_first DOUBLE,
    loss_last DOUBLE,
    loss_slope DOUBLE,
    parameters BIGINT,
    model_mb DOUBLE,
    scaling_efficiency DOUBLE,
    gradients_equal BOOLEAN,
    metadata JSON
)
