"""What importers share: lists of objects, names of cases, repetitions, samples, words."""

import doctest

import pytest

from pytest_ipfs_bench.importers import findings, samples, vocabulary
from pytest_ipfs_bench.importers.contract import Finding, Rejected
from pytest_ipfs_bench.records import Outcome, Performance


@pytest.mark.parametrize("module", [findings, samples, vocabulary], ids=lambda module: module.__name__)
def test_the_examples_of_the_functions_are_true(module):
    assert doctest.testmod(module).failed == 0


def finding(**extra):
    return Finding(kind=Performance, place="x", columns={"test_case": "a", "mode": "benchmark"}, extra=extra)


def test_only_what_is_equal_in_all_that_identifies_it_is_numbered():
    other = Finding(kind=Outcome, place="y", columns=finding().columns)
    found = findings.numbered([finding(), finding(a=1), finding(), other, finding(), finding(a=1)])
    assert [one.nth for one in found] == [0, 0, 1, 0, 2, 1]


def test_what_is_nested_too_deep_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Rejected, match=r"the entry is nested too deep \(x\)"):
        list(findings.numbered([finding(a=deep)]))


def test_a_list_of_something_else_is_refused_with_its_place():
    with pytest.raises(Rejected, match=r"the results are no list \(/rows\)"):
        list(findings.entries({}, "/rows"))
    with pytest.raises(Rejected, match=r"the entry is no object \(/rows/1\)"):
        list(findings.entries([{}, None], "/rows"))
