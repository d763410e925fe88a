"""What the user allows and wishes of backends: which browser, and by whose option."""

import os

import pytest

PRINTS = """
def test_it(pytestconfig):
    from pytest_ipfs_bench import wishes
    found = wishes.parse(pytestconfig)
    print(f"browser={found.browser} headed={found.headed}")
"""
THEIRS = {
    "pytest_playwright": 'parser.addoption("--browser", action="append", default=[])',
    "pytest_playwright_asyncio": 'parser.addoption("--browser", action="append", default=[])',
    "seleniumbase": 'parser.addoption("--browser", dest="browser", default="chrome")',
}


@pytest.fixture
def asked(session, monkeypatch):
    """asked(*options, plugin=...): what a session makes of them, with another plugin that has such options or without."""
    monkeypatch.delenv("IPFS_BENCH_BROWSER", raising=False)

    def ask(*options, plugin=None):
        session.makepyfile(PRINTS)
        if plugin:
            lines = (
                "def pytest_addoption(parser):",
                f"    {THEIRS[plugin]}",
                "    parser.addoption('--headed', action='store_true')",
            )
            session.makepyfile(**{plugin: "\n".join(lines)})
            monkeypatch.setenv(
                "PYTHONPATH", os.pathsep.join(filter(None, [str(session.path), os.environ.get("PYTHONPATH")]))
            )
            options = ("-p", plugin, *options)
        return session.runpytest_subprocess(*options, "-s", "--no-db-store")

    return ask


def chosen(result, browser, headed="False"):
    result.stdout.fnmatch_lines([f"*browser={browser} headed={headed}*"])


def test_ours_is_a_name_or_a_path_before_the_environments(asked, monkeypatch, session):
    monkeypatch.setenv("IPFS_BENCH_BROWSER", "edge")
    chosen(asked(), "edge")
    chosen(asked("--browser=firefox", "--headed"), "firefox", "True")
    (session.path / "mine").touch()
    chosen(asked("--browser=mine"), session.path / "mine")


@pytest.mark.slow
@pytest.mark.parametrize("plugin", THEIRS)
def test_where_another_plugin_has_the_option_it_counts_for_us_if_it_was_asked_for(asked, plugin):
    chosen(asked(plugin=plugin), "None")
    chosen(asked("--browser=chrome", "--headed", plugin=plugin), "chrome", "True")


def test_without_a_cache_folder_no_page_is_kept_and_the_session_goes_on(session):
    session.makepyfile("def test_it(cell): assert cell")
    result = session.runpytest_subprocess("-o", "cache_dir=/proc/no/cache", "--bench-models=bert", "--bench-verify")
    result.assert_outcomes(passed=1)


def test_a_name_that_means_something_in_their_tests_only_is_no_mistake(asked):
    chosen(asked("--browser=webkit", plugin="pytest_playwright"), "webkit")


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        (
            ("--browser=lynx",),
            None,
            "*--browser: 'lynx' is no browser: chromium, chrome, edge, firefox, or the path of one",
        ),
        ((), "lynx", "*IPFS_BENCH_BROWSER: 'lynx' is no browser: chromium, chrome, edge, firefox, or the path of one"),
    ],
)
def test_a_browser_that_nobody_knows_is_a_usage_error_before_any_test(
    session, monkeypatch, options, environment, words
):
    if environment:
        monkeypatch.setenv("IPFS_BENCH_BROWSER", environment)
    session.makepyfile("def test_it(cell): cell.measure()\n")
    result = session.runpytest("--hardware=cpu", "--no-db-store", "--bench-models=bert", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])


def test_a_browser_that_is_not_installed_is_a_skip_with_the_reason_and_stored(session, rows, monkeypatch):
    monkeypatch.setenv("PATH", str(session.path))
    session.makepyfile("def test_it(cell): cell.measure()\n")
    result = session.runpytest(
        "--hardware=webgpu", "--bench-db=b.duckdb", "--bench-models=bert", "--browser=edge", "-rs"
    )
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED*webgpu: not installed: no edge is installed (looked on PATH for microsoft-edge, *"]
    )
    (row,) = rows(session.path / "b.duckdb", "SELECT status, error_type FROM hardware_compatibility")
    assert row == {"status": "unavailable", "error_type": "not_installed"}
