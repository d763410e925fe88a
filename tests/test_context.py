"""Where a session runs."""

import subprocess

import pytest

from pytest_ipfs_bench import context


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], cwd=folder, check=True, capture_output=True
    )


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "a.txt").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_clean_tree(repository):
    state = context.git(repository)
    assert len(state.commit) == 40
    assert (state.branch, state.dirty) == ("trunk", False)


def test_a_changed_file_makes_it_dirty_and_an_untracked_one_does_not(repository):
    (repository / "new.txt").write_text("untracked")
    assert context.git(repository).dirty is False
    (repository / "a.txt").write_text("two")
    assert context.git(repository).dirty is True


def test_a_detached_head_has_no_branch(repository):
    git(repository, "checkout", "-q", "--detach")
    assert context.git(repository).branch is None


def test_a_repository_without_commits(tmp_path):
    git(tmp_path, "init", "-q", "-b", "trunk")
    assert context.git(tmp_path) == context.Git(None, "trunk", False)


def test_outside_a_repository_nothing_is_known(tmp_path):
    assert context.git(tmp_path) == context.Git()


def test_without_git_nothing_is_known(repository, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert context.git(repository) == context.Git()


def test_software_names_what_is_installed_and_nothing_else():
    found = context.software()
    assert found["pytest"] == pytest.__version__
    assert "kernel" in found
    assert context.version_of("no-such-package-of-ours") is None


def test_the_command_line_can_be_typed_again():
    assert context.command_line("pytest", ["-k", "a b"]) == "pytest -k 'a b'"
