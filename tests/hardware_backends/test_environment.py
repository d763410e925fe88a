"""The legacy project's switches take hardware away and never make it."""

import pytest

from hardware_backends import environment
from pytest_ipfs_bench.backend import State


@pytest.mark.parametrize("value", ["0", "false", "No", " off "])
def test_available_0_forbids_and_names_the_variable(value):
    found = environment.forbidden("cuda", {"CUDA_AVAILABLE": value})
    assert (found.state, found.devices) == (State.NO_DEVICE, ())
    assert found.reason == f"forbidden by CUDA_AVAILABLE={value.strip().lower()}"
    assert found.hint == "Unset CUDA_AVAILABLE to have the hardware looked for."


@pytest.mark.parametrize("variables", [{}, {"CUDA_AVAILABLE": "1"}, {"CUDA_SIMULATION": "0"}, {"CUDA_SIMULATION": ""}])
def test_nothing_makes_a_device_present_or_takes_it_away_without_being_asked(variables):
    assert environment.forbidden("cuda", variables) is None


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("webnn", "WEBNN_SIMULATION"),
        ("webgpu", "WEBGPU_SIMULATION"),
        ("qualcomm", "QNN_SIMULATION_MODE"),
        ("qualcomm", "QUALCOMM_SIMULATION"),
        ("rocm", "ROCM_SIMULATION"),
    ],
)
def test_a_simulation_is_no_device(name, variable):
    found = environment.forbidden(name, {variable: "1"})
    assert (found.state, found.reason) == (State.NO_DEVICE, f"simulated by {variable}: no device")
    assert found.hint == f"Unset {variable} to have the hardware looked for."


def test_a_simulation_stays_one_when_the_device_is_called_available_too():
    found = environment.forbidden("qualcomm", {"QNN_AVAILABLE": "1", "QNN_SIMULATION_MODE": "1"})
    assert found.reason == "simulated by QNN_SIMULATION_MODE: no device"


@pytest.mark.parametrize("variable", ["QNN_AVAILABLE", "QUALCOMM_AVAILABLE", "QUALCOMM_AI_AVAILABLE"])
def test_qualcomm_goes_by_several_names(variable):
    assert environment.forbidden("qualcomm", {variable: "0"}).reason == f"forbidden by {variable}=0"


def test_one_kinds_variable_says_nothing_about_another():
    assert environment.forbidden("rocm", {"CUDA_AVAILABLE": "0", "QNN_SIMULATION": "1"}) is None


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch):
    monkeypatch.setenv("MPS_AVAILABLE", "0")
    assert environment.forbidden("mps").reason == "forbidden by MPS_AVAILABLE=0"
