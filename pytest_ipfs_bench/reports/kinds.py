"""The kinds of reports, by name."""

from pytest_ipfs_bench.errors import BenchError, unknown
from pytest_ipfs_bench.reports import comparing, compatibility, modes, performance, sessions
from pytest_ipfs_bench.reports.summary import summary
from pytest_ipfs_bench.reports.table import Kind

RESULTS_ONLY = ("runtime", "precision", "batch")
NOT_RUNS = ("model", "family", "hardware", *RESULTS_ONLY, "since", "until")
KINDS = {
    kind.name: kind
    for kind in (
        Kind("summary", "runs, which model runs where, results, benchmarks, what fails", summary,
             charts=("hardware", "distribution", "pareto")),
        Kind("performance", "every number of the newest measurement of each cell and benchmark", performance.performance,
             charts=("distribution", "pareto")),
        Kind("hardware", "what hardware is there, and how many cells each runs", compatibility.hardware),
        Kind("compatibility", "which model runs on which hardware, and why not", compatibility.compatibility,
             charts=("compatibility",)),
        Kind("compare-hardware", "the same cell on each hardware by one metric, against a baseline", comparing.compare_hardware,
             charts=("hardware",), takes=("metric", "baseline")),
        Kind("compare-models", "models on the same hardware by one metric", comparing.compare_models,
             charts=("pareto",), takes=("metric",)),
        Kind("batch-scaling", "latency and throughput by batch, and the best batch", performance.batch_scaling,
             charts=("batch-scaling",)),
        Kind("precision", "each precision against fp32 of the same cell", performance.precision),
        Kind("generation", "prefill and decode: tokens/s, time to first token, time per output token", modes.generation),
        Kind("training", "steps of training, their parts and losses", modes.training),
        Kind("distributed", "training in several processes, and how it scales", modes.distributed),
        Kind("web", "browsers: adapters, start-up, ways side by side, what switches gain", modes.web),
        Kind("power", "energy by item and by run, power, heat", modes.power),
        Kind("integration", "outcomes by module, flaky tests, failing tests", sessions.integration, RESULTS_ONLY),
        Kind("trend", "one series of measurements over time, by commit", performance.trend,
             charts=("trend",)),
        Kind("coverage", "which cells have been tried and measured, and how long ago", compatibility.coverage),
        Kind("migration", "files that imports looked at, and what became of them", sessions.migration, NOT_RUNS),
        Kind("maintenance", "the database: size, rows, schema, waiting results, upkeep", sessions.maintenance,
             (*NOT_RUNS, "run", "label", "branch")),
    )
}  # fmt: skip


def kind(name: str) -> Kind:
    """A kind of report by name. Raises BenchError with the nearest name, and all with what they tell."""
    if name not in KINDS:
        told = unknown(f"report {name!r}", "kind of report", name, KINDS)
        raise BenchError(f"{told}\nKinds:\n{listing()}")
    return KINDS[name]


def listing() -> str:
    """The kinds, one line each."""
    width = max(map(len, KINDS))
    return "\n".join(f"  {one.name:{width}}  {one.description}" for one in KINDS.values())
