"""Which browser is meant, and what becomes of one that is none."""

import psutil
import pytest

from hardware_backends.browser import Webgpu, binaries
from pytest_ipfs_bench.backend import Options, State, Unsupported

SAYS = 'echo "{}"'


def refused(asked):
    with pytest.raises(Unsupported) as caught:
        binaries.find(asked)
    return caught.value


@pytest.mark.parametrize(
    ("command", "says", "name", "version"),
    [
        ("chromium", "Chromium 156.0.8078.79 built on Debian 12", "Chromium", "156.0.8078.79"),
        ("google-chrome", "Google Chrome 156.0.1 ", "Google Chrome", "156.0.1"),
        ("microsoft-edge", "Microsoft Edge 155.0.2", "Microsoft Edge", "155.0.2"),
        ("firefox-esr", "Mozilla Firefox 153.7.0esr", "Firefox", "153.7.0esr"),
    ],
)
def test_a_browser_is_found_on_path_and_names_itself(only, wrapper, command, says, name, version):
    (only("sh") / command).symlink_to(wrapper(command, SAYS.format(says)))
    asked = next(asked for asked, commands in binaries.COMMANDS.items() if command in commands)
    found = binaries.find(asked)
    assert (found.name, found.version, found.is_firefox) == (name, version, asked == "firefox")


def test_of_none_asked_for_the_first_that_can_be_measured_in_is_taken(only, wrapper):
    folder = only("sh")
    (folder / "firefox").symlink_to(wrapper("firefox", SAYS.format("Mozilla Firefox 1.0")))
    assert refused(None).error_type == "not_installed"
    (folder / "microsoft-edge").symlink_to(wrapper("edge", SAYS.format("Microsoft Edge 1.0")))
    assert binaries.find(None).name == "Microsoft Edge"


def test_a_browser_that_is_not_installed_is_named_with_where_it_was_looked_for(only):
    only()
    why = refused("edge")
    assert why.reason.startswith(
        "no edge is installed (looked on PATH for microsoft-edge, microsoft-edge-stable, msedge"
    )
    assert refused(None).reason.startswith("no browser is installed (looked on PATH for chromium, ")
    assert "apt-get install chromium" in why.suggested_fix


def test_the_word_of_another_plugins_option_is_no_browser(only):
    assert refused("webkit").reason == ("'webkit' is no browser: chromium, chrome, edge, firefox, or the path of one")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo hello", "{} --version tells no version: hello"),
        ("exit 4", "{} --version tells no version: exit status 4"),
        ('echo "Chromium 1.2"; echo "no libnss3" >&2; exit 127', "{} --version tells no version: no libnss3"),
    ],
)
def test_a_path_that_is_no_browser_is_broken_in_its_own_words(wrapper, script, reason):
    path = wrapper("thing", script)
    assert (refused(path).error_type, refused(path).reason) == ("broken", reason.format(path))


def test_a_file_that_can_not_be_started_is_broken(tmp_path):
    path = tmp_path / "chromium"
    path.write_text("just a text")
    assert refused(str(path)).reason == f"{path} can't be started: Permission denied"
    assert refused(str(tmp_path / "gone")).reason == f"{tmp_path / 'gone'}: No such file or directory"


def test_a_path_that_tells_no_version_in_time_is_ended_with_all_that_it_started(wrapper, monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "SECONDS", 0.3)
    path = wrapper("hangs", f"sleep 60 & echo $! > {tmp_path / 'pid'}; wait")
    assert refused(path).reason == f"{path} --version does not end within 0.3 s"
    sleeping = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(sleeping) or psutil.Process(sleeping).status() == psutil.STATUS_ZOMBIE


def test_detection_says_why_there_is_no_browser_and_starts_none(only):
    only()
    backend = Webgpu()
    backend.wishes = Options()
    found = backend.detect()
    assert (found.state, found.devices) == (State.NOT_INSTALLED, ())
    assert found.reason.startswith("no browser is installed")
    assert found.hint == binaries.INSTALL
