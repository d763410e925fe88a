"""The token comes from the environment or a file that nobody else may read, and is never shown."""

import pytest

from pytest_ipfs_bench.errors import StoreError
from pytest_ipfs_bench.store.quack import tokens


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    for name in tokens.FILES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "ipfs-bench"


def private(path, text="from-a-file-1\n", mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_environment_goes_before_the_file_that_it_names_and_that_before_the_usual_one(home, tmp_path, monkeypatch):
    private(home / "token", "the-usual-one")
    assert tokens.needed().text == "the-usual-one"
    monkeypatch.setenv("IPFS_BENCH_TOKEN_FILE", str(private(tmp_path / "named")))
    assert tokens.needed().text == "from-a-file-1"
    monkeypatch.setenv("IPFS_BENCH_TOKEN", "from-the-environment")
    assert tokens.needed().text == "from-the-environment"


def test_the_readers_token_has_names_of_its_own(home, monkeypatch):
    assert tokens.find(tokens.READER) is None
    private(home / "read-token", "reads-only-1")
    assert tokens.find(tokens.READER).text == "reads-only-1"
    monkeypatch.setenv("IPFS_BENCH_READ_TOKEN", "reads-only-2")
    assert tokens.find(tokens.READER).text == "reads-only-2"


def test_none_is_an_error_that_says_how_to_make_one():
    with pytest.raises(StoreError) as told:
        tokens.needed()
    assert "set IPFS_BENCH_TOKEN, or IPFS_BENCH_TOKEN_FILE" in str(told.value)
    assert "secrets.token_urlsafe" in str(told.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(home, mode):
    path = private(home / "token", mode=mode)
    with pytest.raises(StoreError) as told:
        tokens.needed()
    assert str(told.value) == f"{path}: others may read this token.\nMake it yours alone: chmod 600 {path}"


@pytest.mark.parametrize(
    "text", ["short", "with space inside", "zwei\nzeilen-lang", "ümläute-überall", "x" * 501, "\n"]
)
def test_what_is_no_token_is_refused_without_being_shown(monkeypatch, text):
    monkeypatch.setenv("IPFS_BENCH_TOKEN", text)
    with pytest.raises(StoreError) as told:
        tokens.needed()
    assert str(told.value).startswith("$IPFS_BENCH_TOKEN: no token: it has to be 8 to 500 visible characters")
    assert text not in str(told.value) or not text.strip()


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("IPFS_BENCH_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(StoreError, match=r"nothing: the token can't be read \(No such file or directory\)\."):
        tokens.needed()


def test_a_token_is_not_in_its_repr_nor_in_its_proof():
    made = tokens.Token("secret-of-mine", "here")
    assert "secret" not in repr(made)
    assert "secret" not in made.proof
    assert made.proof != tokens.Token("secret-of-yours", "here").proof
