from collections.abc import Mapping
from pathlib import Path

import pytest

from streamd.config import Config, Flag, load
from streamd.errors import ConfigurationError, Mistake


def mistakes(
    tmp_path: Path, text: str = "", environ: Mapping[str, str] | None = None, *flags: Flag
) -> dict[str, str]:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, environ=environ or {}, flags=flags)
    return {mistake.where: mistake.what for mistake in caught.value.mistakes}


def test_mistakes_of_every_place_are_told_at_once(tmp_path: Path) -> None:
    def not_today(_config: Config) -> None:
        raise ConfigurationError([Mistake("item_types.book", "not today")])

    file = tmp_path / "config.toml"
    file.write_text("[ws]\nport = 'x'\nprot = 1\n[wss]\n[drain]\nretry_min_ms = 9000\n")
    with pytest.raises(ConfigurationError) as caught:
        load(
            file,
            environ={"STREAMD_WS__PORT": "y", "STREAMD_LOG__LEVLE": "info"},
            flags=[Flag("--port", "ws.port", "z")],
            checks=[not_today],
        )

    assert [mistake.where for mistake in caught.value.mistakes] == [
        "ws.port",
        "ws.prot",
        "wss",
        "STREAMD_LOG__LEVLE",
        "STREAMD_WS__PORT",
        "--port",
        "drain.retry_max_ms",
        "item_types.book",
    ]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[ws]\nport = '8765'", "ws.port", 'must be a whole number, not "8765"'),
        ("[ws]\nport = 80.5", "ws.port", "must be a whole number, not 80.5"),
        ("[ws]\nport = true", "ws.port", "must be a whole number, not true"),
        ("[ws]\nport = 65536", "ws.port", "must be from 0 to 65535, not 65536"),
        ("[ws]\nport = [1]", "ws.port", "must be a whole number, not a list"),
        ("[ws.port]", "ws.port", "must be a whole number, not a table"),
        ("[ws]\nhost = ' '", "ws.host", "must not be empty"),
        ("[ws]\ncompression = 1", "ws.compression", "must be true or false, not 1"),
        ("[ws]\nmax_connections = 0", "ws.max_connections", "must be at least 1, not 0"),
        ("[ws]\nallowed_origins = '*'", "ws.allowed_origins", 'must be a list of texts, not "*"'),
        ("[ws]\nallowed_origins = [1]", "ws.allowed_origins", "must be a list of texts"),
        ("[journal]\nretain_seconds = nan", "journal.retain_seconds", "must be a finite number, not nan"),
        ("[journal]\nretain_seconds = inf", "journal.retain_seconds", "must be a finite number, not inf"),
        (
            "[journal]\nretain_seconds = 1979-05-27",
            "journal.retain_seconds",
            "must be a number, not 1979-05-27",
        ),
        ("[store]\npath = 3", "store.path", "must be text, not 3"),
        ("ws = 3", "ws", "must be a section, [ws]"),
        ("item_types = 3", "item_types", "must be a table"),
        ("agents = 3", "agents", "must be a section, [agents]"),
        ("[agents]\ngeneral = 3", "agents.general", "must be a table, [agents.general]"),
        ("[agents.a]\nthinking = 1", "agents.a.thinking", "must be true or false, not 1"),
        (
            "[agents.a]\neffort = 'hihg'",
            "agents.a.effort",
            'must be one of "", low, medium, high, xhigh, max, not "hihg"; did you mean high?',
        ),
        (
            "[agents.a]\nmax_output_tokens = 0",
            "agents.a.max_output_tokens",
            "must be from 1 to 1000000, not 0",
        ),
        ("[prices]\na = { input = 1, output = 2 }", "prices.a", "must say cache_write, cache_read too"),
        (
            "[prices]\na = { input = -1, output = 2, cache_write = 0, cache_read = 0 }",
            "prices.a.input",
            "must be at least 0, not -1",
        ),
        ("[models]\nmodel = ''", "models.model", "must not be empty"),
        (
            "[models]\nbase_url = 'localhost:80'",
            "models.base_url",
            "must begin with http:// or https:// and name a host",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_or_size_is_refused_with_what_is_wanted(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    assert mistakes(tmp_path, text) == {where: what}


@pytest.mark.parametrize(
    "origin", ["https://example.org/", "example.org", "https://example.org/app", "null", ""]
)
def test_what_no_browser_sends_as_an_origin_is_refused(tmp_path: Path, origin: str) -> None:
    found = mistakes(tmp_path, f"[ws]\nallowed_origins = ['{origin}']")

    assert found["ws.allowed_origins"].startswith(f'"{origin}" is not an origin')


def test_a_choice_is_refused_with_all_there_are_and_the_nearest(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "[log]\nlevel = 'warn'") == {
        "log.level": 'must be one of debug, info, warning, error, not "warn"; did you mean warning?'
    }


@pytest.mark.parametrize(
    ("text", "where", "meant"),
    [
        ("[ws]\nprot = 1", "ws.prot", "ws.port"),
        ("[webs]\n[jurnal]", "jurnal", "journal"),
        ("[item_type]", "item_type", "item_types"),
        ("[agents.a]\nmodle = 'x'", "agents.a.modle", "agents.a.model"),
        ("[prices.a]\ninptu = 1", "prices.a.inptu", "prices.a.input"),
        ("[agent.a]", "agent", "agents"),
        ("[runs]\nmax_concurent = 1", "runs.max_concurent", "runs.max_concurrent"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known(
    tmp_path: Path, text: str, where: str, meant: str
) -> None:
    assert mistakes(tmp_path, text)[where].endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("STREAMD_WS_PORT", "STREAMD_WS__PORT"),
        ("STREAMD_PORT", "STREAMD_WS__PORT"),
        ("STREAMD_WS__PRT", "STREAMD_WS__PORT"),
        ("STREAMD_ws__port", "STREAMD_WS__PORT"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_known(
    tmp_path: Path, variable: str, meant: str
) -> None:
    assert mistakes(tmp_path, environ={variable: "8765"}) == {
        variable: f"there is no such option; did you mean {meant}?"
    }


def test_a_public_address_is_refused_while_anybody_may_connect(tmp_path: Path) -> None:
    found = mistakes(tmp_path, environ={"STREAMD_WS__HOST": "0.0.0.0"})

    assert "ws.allow_public = true" in found["ws.host"]


def test_quiet_clients_are_given_the_time_to_answer_a_ping(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[ws]\nidle_timeout_seconds = 20")

    assert found["ws.idle_timeout_seconds"].startswith("must be more than ws.ping_interval_seconds (20)")


def test_the_address_of_another_store_is_refused_and_its_password_never_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path, environ={"STREAMD_STORE__URL": "redis://me:hunter2@redis"})

    assert "store.path" in found["STREAMD_STORE__URL"]
    assert "hunter2" not in str(found)


def test_a_flag_is_named_as_it_was_typed(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "", {}, Flag("--port", "ws.port", "http"))

    assert found == {"--port": 'must be a whole number, not "http"'}


def test_a_missing_file_that_was_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "none.toml", environ={})

    assert caught.value.mistakes == (Mistake(str(tmp_path / "none.toml"), "there is no such file"),)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"[ws\nport = 1", "is not TOML: Expected"), (b"\xff\xfe", "is not UTF-8 text (byte 0)")],
)
def test_a_file_that_is_not_toml_is_refused_with_the_place(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        load(file, environ={})

    assert caught.value.mistakes[0].what.startswith(what)


def test_a_directory_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, environ={})


def test_all_mistakes_of_all_agents_and_prices_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path, "[agents.a]\nmodle = 'x'\nthinking = 3\n[agents.b]\nstall_seconds = -1\n[prices]\nc = {}\n"
    )

    assert list(found) == ["agents.a.modle", "agents.a.thinking", "agents.b.stall_seconds", "prices.c"]


def test_a_provider_that_needs_a_key_is_refused_without_one(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[models]\nprovider = 'anthropic'")

    assert "set ANTHROPIC_API_KEY" in found["models.api_key"]


def test_a_key_with_a_line_end_is_refused_and_never_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path, environ={"ANTHROPIC_API_KEY": "hunter2\n"})

    assert found == {"ANTHROPIC_API_KEY": "must not contain blanks or line ends"}
