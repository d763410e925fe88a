"""What a server admits: the texts that this version writes, whatever stands in their literals; nothing else."""

import duckdb
import pytest

from pytest_ipfs_bench.store.quack import serving, tokens, words

WRITER = tokens.Token("writers-token-1", "a test")
ROW = '{"run_id": "it\'s; \\nCOMMIT -- \' /* $lines $shape */"}'


@pytest.fixture(scope="module")
def guard():
    """The functions that a server asks, in a database without a server."""
    with duckdb.connect() as con:
        serving.guard(con, serving.Serving("127.0.0.1", 1, WRITER, tokens.Token("readers-token-1", "a test"), "1GB"))
        yield con


@pytest.fixture
def may_say(guard):
    return lambda text: guard.execute("SELECT ipfs_bench_guard.may_say('session', $text)", {"text": text}).fetchone()[0]


def handover(*, keep=True, proof=WRITER.proof):
    said = [
        words.rows(table, '{"run_id": "UUID"}', [ROW, ROW])
        for table in ("test_runs", "performance_results", "test_runs")
    ]
    said.append(words.others("models", '{"model_id": "UUID"}', [ROW]))
    return words.handover(proof, [*said, words.marks("performance_results", ["a", "b"])], keep=keep)


@pytest.mark.parametrize("keep", [True, False])
def test_hand_overs_are_admitted(may_say, keep):
    assert may_say(handover(keep=keep)) is True


def test_an_empty_hand_over_is_admitted(may_say):
    assert may_say(words.handover(WRITER.proof, [])) is True


def test_copies_are_admitted(may_say):
    assert all(may_say(words.copy_of(table)) for table in words.COPIES)
    assert may_say(words.ABOUT)


def test_rows_that_others_may_hand_over_too_take_turns():
    mine, theirs = words.rows("models", "{}", [ROW]), words.others("models", "{}", [ROW])
    assert "served_turns" not in words.handover("", [mine])
    assert words.handover("", [mine, theirs]).split(words.NEXT)[1].startswith("UPDATE served_turns")


def test_a_hand_over_of_one_who_does_not_know_the_token_is_refused(may_say):
    assert may_say(handover(proof=tokens.Token("readers-token-1", "").proof)) is False
    assert may_say(handover(proof="")) is False


@pytest.mark.parametrize(
    "text",
    [
        "", "SELECT 1", "FROM test_runs;", "from test_runs", "FROM test_runs WHERE true", "FROM ipfs_bench_guard.tokens",
        "FROM ipfs_bench_guard.frame", "FROM read_text('/etc/passwd')", "ATTACH '/tmp/x.duckdb'", "DROP TABLE models",
        "COPY models TO '/tmp/x'", "SET memory_limit = '1TB'", "CALL quack_stop('quack:127.0.0.1:1')", "LOAD httpfs",
        "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b", "FROM quack_active_connections()",
        "DELETE FROM models", "UPDATE models SET model_name = ''", "BEGIN", "PRAGMA database_list", "FROM test_runs; DROP TABLE models",
        "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) FROM r", "EXPLAIN ANALYZE FROM models", "CHECKPOINT",
    ],
)  # fmt: skip
def test_everything_else_is_refused(may_say, text):
    assert may_say(text) is False


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + ";\nDROP TABLE models",
        lambda text: text.replace("COMMIT", "DROP TABLE models;\nCOMMIT"),
        lambda text: text.replace("COMMIT", "COMMIT;\nCOMMIT"),
        lambda text: text.replace("COMMIT;\n", ""),
        lambda text: text.replace(" BEGIN;\n", " BEGIN;\nDELETE FROM models;\n"),
        lambda text: text.replace("INSERT INTO test_runs", "INSERT INTO schema_version"),
        lambda text: text.replace("ANTI JOIN", "SEMI JOIN"),
        lambda text: text.replace("from_json_strict(line, ", "from_json_strict(read_text('/etc/passwd'), "),
        lambda text: text.replace("from_json_strict(line, '", "from_json_strict(line, E'\\'', '"),
        lambda text: text.replace("from_json_strict(line, '", "from_json_strict(line, $$'$$ || '"),
        lambda text: text.replace("string_split('", "string_split('' || getenv('HOME') || '"),
        lambda text: text.replace("string_split('", "string_split(--'\n'"),
        lambda text: text.replace("SET is_simulated = TRUE", "SET is_simulated = TRUE, provenance = 'x'"),
        lambda text: text.replace("schema ", "schema 1"),
        lambda text: text.replace("SET VARIABLE earlier_", "SET earlier_"),
        lambda text: text.replace("UPDATE served_turns", "UPDATE models"),
        lambda text: text[:-1],
        lambda text: " " + text,
        lambda text: text.replace("/*", "/* /*"),
    ],
)  # fmt: skip
def test_a_hand_over_with_more_or_less_in_it_is_refused(may_say, change):
    text = handover()
    assert change(text) != text
    assert may_say(change(text)) is False


def test_what_stands_in_a_literal_is_a_literal_to_duckdb_too():
    """Rows come back as they were sent, quotes, semicolons and comments in them: nothing leaves its literal."""
    with duckdb.connect() as con:
        for text in (ROW, "'", "''", "a\nb", "-- '", "\\' ;\nDROP TABLE models", "$$ ' $$", "é'"):
            assert con.execute(f"SELECT {words.literal(text)}").fetchone() == (text,)
            assert words.bare(words.literal(text)) == "?"


def test_no_statement_has_a_literal_of_its_own_that_could_be_exchanged():
    """What is fixed in an admitted text is fixed: the only literals are parameters, and names of variables that are only counted."""
    for text in words.admitted():
        assert text.count("?") <= 2
        assert "--" not in text
        assert "'" not in text


def test_only_known_tokens_enter(guard):
    def enters(token):
        return guard.execute("SELECT ipfs_bench_guard.may_enter('session', $token, 'x')", {"token": token}).fetchone()[
            0
        ]

    assert enters("writers-token-1")
    assert enters("readers-token-1")
    assert not enters("writers-token-")
    assert not enters("")
    assert not enters("x")


def test_who_speaks_otherwise_has_another_fingerprint(monkeypatch):
    before = words.fingerprint()
    monkeypatch.setattr(words.schema, "VERSION", 99)
    assert words.fingerprint() != before
