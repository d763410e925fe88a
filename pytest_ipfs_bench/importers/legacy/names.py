"""Names of fields in the legacy project's files, and what each states. Data only.

Of several names for one thing the first is believed; the others stay what they are. Numbers come with the factor that
brings them into our unit (ms, MB, items/s, s, J).
"""

from collections.abc import Mapping

Scaled = tuple[tuple[float, str], ...]

SECONDS = 1000.0  # to ms
# The old programs divided by 1024 throughout: their GB is 1024 of their MB.
GB = 1024.0
BYTES = 1e-6

LATENCY: Scaled = (
    (1.0, """
        average_latency_ms avg_latency_ms mean_latency_ms latency_ms latency_avg_ms latency_mean_ms latency_ms_mean
        latency_mean latency_avg average_inference_time_ms avg_inference_time_ms mean_inference_time_ms inference_time_ms
        inference_ms average_time_ms avg_time_ms mean_time_ms time_ms step_time_ms"""),
    (SECONDS, """
        average_latency avg_latency mean_latency average_latency_seconds avg_latency_seconds avg_latency_s
        latency_seconds latency_s latency_sec average_inference_time avg_inference_time mean_inference_time
        inference_time inference_time_seconds inference_time_s inference_time_sec avg_time average_time mean_time"""),
)  # fmt: skip
THROUGHPUT: Scaled = (
    (1.0, """
        throughput_items_per_second average_throughput_items_per_second throughput items_per_second items_per_sec
        throughput_items_per_sec samples_per_second samples_per_sec throughput_samples_per_second sequences_per_second
        images_per_second frames_per_second fps
        throughput_fps sentences_per_second inferences_per_second average_throughput avg_throughput mean_throughput"""),
)  # fmt: skip
TOKENS = "tokens_per_second throughput_tokens_per_second tokens_per_sec tokens_per_s"
SAMPLES = {"latencies_ms": 1.0, "latency_samples_ms": 1.0, "latencies": SECONDS, "latency_samples": SECONDS}
MEASURES: Mapping[str, Scaled] = {
    "load_time_ms": (
        (1.0, "model_load_time_ms load_time_ms startup_time_ms startup_time loading_time_ms"),
        (SECONDS, "model_load_time model_load_time_seconds load_time load_time_seconds model_loading_time loading_time"),
    ),
    "first_latency_ms": (
        (1.0, "first_latency_ms first_inference_time_ms first_inference_ms first_inference_latency_ms"),
        (SECONDS, "first_inference_time first_latency"),
    ),
    "latency_min_ms": (
        (1.0, "latency_min_ms min_latency_ms latency_ms_min latency_min min_inference_time_ms min_time_ms"),
        (SECONDS, "min_latency min_inference_time min_time"),
    ),
    "latency_p50_ms": (
        (1.0, """
            latency_p50_ms p50_latency_ms latency_ms_p50 latency_p50 p50_ms median_latency_ms latency_median_ms
            latency_ms_median latency_median median_inference_time_ms"""),
        (SECONDS, "median_latency p50_latency median_inference_time median_time"),
    ),
    **{
        f"latency_p{p}_ms": (
            (1.0, f"latency_p{p}_ms p{p}_latency_ms latency_ms_p{p} latency_p{p} p{p}_ms"),
            (SECONDS, f"p{p}_latency"),
        )
        for p in (10, 90, 95, 99)
    },
    "latency_max_ms": (
        (1.0, "latency_max_ms max_latency_ms latency_ms_max latency_max max_inference_time_ms max_time_ms"),
        (SECONDS, "max_latency max_inference_time max_time"),
    ),
    "latency_std_ms": (
        (1.0, "latency_std_ms std_latency_ms latency_ms_std latency_std std_inference_time_ms"),
        (SECONDS, "std_latency std_inference_time std_time"),
    ),
    "total_time_seconds": (
        (1.0, "total_time_seconds total_time total_time_s total_time_sec total_seconds total_training_time"),
    ),
    "memory_peak_mb": (
        (1.0, """
            memory_peak_mb peak_memory_mb max_memory_mb memory_usage_mb memory_used_mb memory_mb memory_usage memory_peak
            max_memory_allocated max_memory_allocated_mb gpu_memory_mb gpu_memory_used_mb peak_gpu_memory_mb
            memory_allocated_mb"""),
        (GB, """
            memory_peak_gb peak_memory_gb memory_usage_gb memory_used_gb memory_gb gpu_memory_gb memory_allocated_gb
            gpu_memory_allocated_gb"""),
        (BYTES, "peak_memory_usage peak_memory_bytes memory_peak_bytes memory_usage_bytes memory_bytes"),
    ),
    "energy_joules": ((1.0, "energy_joules energy_j energy_consumption_j"), (1e-3, "energy_consumption_mj energy_mj")),
}  # fmt: skip
# A latency where nothing better is stated.
SPENT: Scaled = (
    (1.0, "execution_time_ms processing_time_ms generation_time_ms"),
    (SECONDS, "generation_time generation_time_seconds processing_time"),
)
# Names in an object that stands for one number: `"latency_ms": {"mean": 12.5, "p95": 14.0}`.
MEANS = ("mean", "average", "avg", "value")
STATISTICS = {
    "latency_min_ms": ("min", "minimum"),
    "latency_max_ms": ("max", "maximum"),
    "latency_std_ms": ("std", "stdev", "stddev"),
    "latency_p50_ms": ("p50", "median"),
    "latency_p90_ms": ("p90",),
    "latency_p95_ms": ("p95",),
    "latency_p99_ms": ("p99",),
}
# How long a test took: s.
DURATION: Scaled = (
    (1.0, """
        execution_time_seconds execution_time elapsed_time elapsed_time_seconds elapsed_seconds elapsed duration_seconds
        duration_s duration_sec duration test_duration_seconds test_duration time_taken response_time run_time
        total_execution_time"""),
    (1e-3, "duration_ms elapsed_time_ms elapsed_ms response_time_ms test_duration_ms"),
)  # fmt: skip
SETTINGS = {
    "batch_size": "batch_size batch bs batchsize per_device_batch_size",
    "sequence_length": "sequence_length seq_length seq_len sequence_len seqlen",
    "threads": "threads num_threads thread_count",
    "iterations": "iterations num_iterations num_runs n_runs test_iterations benchmark_iterations completed_iterations",
    "warmup_iterations": "warmup_iterations warmup_runs num_warmup_iterations num_warmup warmup",
}
MODEL = {
    "model": "model_name model hf_model_id hf_model model_identifier model_id test_model model_path model_key model_type",
    "model_family": "model_family family model_category",
    "modality": "modality",
}
CASE = {
    "precision": "precision",
    "test_case": "test_case benchmark_type benchmark_name test_type",
    "mode": "mode benchmark_mode",
}
# Types of numbers, if the word is one.
TYPES = "dtype torch_dtype data_type quantization"
FAULT = {
    "error": "error error_message err exception failure_reason skip_reason",
    "error_type": "error_type error_category exception_type error_class",
    "traceback": "error_traceback traceback stack_trace stacktrace",
}
TEST = {
    "name": "test_name test nodeid node_id test_id tag name",
    "module": "test_module module test_file test_script script",
    "class": "test_class",
}
HARDWARE = """
    hardware_type hardware hardware_key hardware_name hardware_platform accelerator backend platform device_type
    target_hardware target_device hardware_id"""
DEVICE = "device_name device gpu_name gpu device_used"
TIME = """
    timestamp measured_at recorded_at test_timestamp run_timestamp benchmark_timestamp created_at datetime date_time
    test_datetime test_date run_date date started_at start_time time"""
STATUS = "status test_status outcome verdict result"
SUCCESS = "success successful is_success test_passed passed succeeded"
CODE = "return_code returncode exit_code exit_status exitcode"
COMPATIBLE = "is_compatible compatible compatibility_status compatibility"
# Where a name may also be the number of a row in another table.
NUMBERED = ("model", "model_id", "model_type")
DETAILS = ("vendor", "driver_version", "platform_version")
