"""Peak memory, against an allocation of known size."""

import platform
import time

import pytest

from pytest_ipfs_bench import memory

BLOCK = 64 << 20


def touch():
    block = bytearray(BLOCK)
    block[::4096] = b"x" * (len(block) // 4096)
    time.sleep(0.02)


def test_a_peak_is_seen_each_time_and_not_only_the_first():
    for _ in range(2):
        before = memory.resident()
        found = memory.peak(touch)
        assert BLOCK / 1e6 * 0.9 < found.mb - before < BLOCK / 1e6 * 1.2


def test_where_the_kernel_refuses_it_is_sampled(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CLEAR_REFS", tmp_path / "no" / "clear_refs")
    before = memory.resident()
    found = memory.peak(touch)
    assert found.method == "sampled"
    assert found.mb - before > BLOCK / 1e6 * 0.5


def test_without_proc_the_resident_size_comes_from_psutil(monkeypatch, tmp_path):
    before = memory.resident()
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    assert memory.resident() == pytest.approx(before, rel=0.2)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back when asked")
def test_freed_memory_goes_back_to_the_system():
    """Small blocks below a living one stay with the process until it is asked to return them."""
    blocks = [bytearray(60_000) for _ in range(1_000)]
    last = bytearray(60_000)
    full = memory.resident()
    del blocks
    memory.give_back()
    assert full - memory.resident() > 40
    assert last
