"""What a session and its runners say to each other is the same on both sides."""

from pytest_ipfs_bench.backend import Device, Effective, Options
from pytest_ipfs_bench.cell import Cell
from pytest_ipfs_bench.measure import Plan
from pytest_ipfs_bench.orders import Order, Probe, Reply
from pytest_ipfs_bench.testing.stack import STACK

CELL = Cell(STACK.name, STACK.size, STACK.weights, "webgpu", 0, "onnxruntime-web", "fp32", "inference", 1, STACK.shape)
OPTIONS = Options(
    "/a/browser", allow_software=True, cpu_fallback=False, headed=True, ort_web_dir="/o", pages="/p", timeout=7.5
)


def test_an_order_arrives_with_its_options_and_its_process():
    order = Order(CELL, STACK, "a.module:Backend", Plan(3, 0.5, 0.1), options=OPTIONS, process="browser")
    assert Order.read(order.line()) == order
    assert order.place == ("browser", "")
    assert order.probe == Probe("a.module:Backend", 0, OPTIONS, "browser")


def test_backends_without_a_process_of_their_name_have_a_runner_for_each_runtime():
    assert Order(CELL, STACK, "a.module:Backend", None).place == ("a.module:Backend", "onnxruntime-web")


def test_a_probe_arrives_with_its_options():
    import json

    probe = Probe("a.module:Backend", 2, OPTIONS, "browser")
    assert Probe.read(json.loads(probe.line())["probe"]) == probe
    assert probe.device == ("a.module:Backend", 2)


def test_a_reply_arrives_with_the_device_that_a_probe_found():
    device = Device(
        0, "google swiftshader", platform="Chromium", is_software=True, metadata={"gpu": {"limits": {"a": 1}}}
    )
    reply = Reply("works", device=device, effective=Effective("webgpu", "WebGPU", "fp32", 1), latencies_ns=(1, 2))
    assert Reply.read(reply.line()) == reply
