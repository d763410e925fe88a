"""Node ids are cut up right, whatever the parameters hold."""

import pytest

from pytest_ipfs_bench import outcomes


@pytest.mark.parametrize(
    ("node_id", "parts"),
    [
        ("tests/test_a.py::test_x", ("tests.test_a", None, "test_x")),
        ("test_a.py::TestB::test_x", ("test_a", "TestB", "test_x")),
        ("test_a.py::TestB::TestC::test_x[1]", ("test_a", "TestB::TestC", "test_x[1]")),
        ("test_a.py::test_x[[br]ack::et]", ("test_a", None, "test_x[[br]ack::et]")),
        ("test_a.py", ("test_a", None, None)),
        ("docs/index.md::index.md", ("docs.index.md", None, "index.md")),
    ],
)
def test_module_class_and_name_of_a_node_id(node_id, parts):
    assert outcomes.split(node_id) == parts
