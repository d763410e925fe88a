"""The marker bench_cells: what a test says of its own cells, and what a session makes of it."""

import pytest

from pytest_ipfs_bench.cell import Target
from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.marking import read


def mark(*kinds, **said):
    return pytest.mark.bench_cells(*kinds, **said).mark


def marked(*kinds, **said):
    return read([mark(*kinds, **said)], "test_a.py::test_it")


def test_kinds_alone_are_nothing_of_its_own():
    assert (marked().kinds, marked().own) == (("inference",), False)
    assert (marked("generation", "training").kinds, marked("generation").own) == (("generation", "training"), False)


def test_every_axis_is_what_the_test_says_where_a_session_says_nothing():
    said = marked(
        models=["bert"], hardware=["cpu", "cuda:1"], sizes=["tiny"], precisions=("fp16",), batch_sizes=[1, 8],
        runtimes="torch", shapes={"sequence_length": [16], "image_size": [64]},
    )  # fmt: skip
    choice = said.within({}.get, {})
    assert (choice.models, choice.about, choice.hardware) == ((), ("bert",), (Target("cpu"), Target("cuda", 1)))
    assert (choice.sizes, choice.precisions, choice.batch_sizes) == (("tiny",), ("fp16",), (1, 8))
    assert (choice.runtimes, choice.shapes) == (("torch",), {"sequence_length": (16,), "image_size": (64,)})


def test_what_a_session_says_takes_the_place_of_its_axis_alone():
    said = marked(models=["bert"], hardware=["all"], batch_sizes=[8], shapes={"sequence_length": [16], "frames": [4]})
    session = {"hardware": ["cuda"], "models": ["key"], "seq_lens": [32]}
    choice = said.within(
        session.get, {"shapes": {"frames": [8]}, "places": {"hardware": "a suite"}, "priorities": ["bert"]}
    )
    assert (choice.models, choice.about) == (("key",), ("bert",))
    assert (choice.hardware, choice.every_hardware, choice.batch_sizes) == ((Target("cuda"),), False, (8,))
    assert choice.shapes == {"sequence_length": (32,), "frames": (8,)}
    assert (choice.priorities, choice.asked("hardware", "cuda")) == (("bert",), "a suite: cuda")
    assert said.within({}.get, {}).every_hardware


def test_the_closest_marker_counts_for_each_keyword_and_for_kinds():
    closest, module = mark(hardware=["cuda"]), mark("training", models=["bert"], hardware=["cpu"])
    found = read([closest, module], "test_a.py::test_it")
    assert (found.kinds, found.said) == (("training",), {"about": ["bert"], "hardware": ["cuda"]})
    assert read([mark("generation"), module], "t").kinds == ("generation",)


@pytest.mark.parametrize(
    ("kinds", "said", "told"),
    [
        (["infrence"], {}, "no kind of cells is called 'infrence'. Did you mean 'inference'?\nLegal: distributed, generation, inference, training."),
        ([], {"model": ["bert"]}, "no keyword is called 'model'. Did you mean 'models'?\nLegal: batch_sizes, hardware, models, precisions, runtimes, shapes, sizes."),
        ([], {"models": "bert"}, "models: 'bert' is no list with at least one entry."),
        ([], {"sizes": ["huge"]}, "sizes: 'huge' is none of tiny, base, pretrained."),
        ([], {"precisions": ["fp33"]}, "precisions: 'fp33' is none of fp32, fp16, bf16, int8. Did you mean 'fp32'?"),
        ([], {"batch_sizes": [0]}, "batch_sizes: 0 is no whole number of at least 1."),
        ([], {"runtimes": []}, "runtimes: [] is no list with at least one entry."),
        ([], {"shapes": [128]}, "shapes: [128] is no dict of lists of lengths by axis."),
        ([], {"shapes": {"length": [1]}}, "shapes: no axis is called 'length'. Did you mean 'sequence_length'?\nLegal: audio_seconds, frames, image_size, sample_rate, sequence_length."),
        ([], {"shapes": {"frames": 8}}, "shapes: frames: 8 is no list with at least one entry."),
    ],
)  # fmt: skip
def test_a_mistake_names_the_test_the_keyword_and_what_is_legal(kinds, said, told):
    with pytest.raises(BenchError) as refused:
        marked(*kinds, **said)
    assert str(refused.value) == f"test_a.py::test_it: bench_cells: {told}"


def test_a_device_that_is_no_number_names_the_test_too():
    with pytest.raises(
        BenchError, match=r"^test_a.py::test_it: bench_cells: hardware: cpu:x: 'x' is no index of a device"
    ):
        marked(hardware=["cpu:x"]).within({}.get, {})
