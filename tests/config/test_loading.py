from pathlib import Path

import attrs
import pytest

from streamd.config import AgentOptions, Config, Flag, PriceOptions, load, shipped_item_types, shipped_prices


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "streamd.toml"


def test_without_a_file_everything_is_at_its_default_and_the_shipped_item_types_are_there() -> None:
    config = load(environ={}, searched=())

    assert config == Config(item_types=shipped_item_types(), prices=shipped_prices())
    assert {"inventory", "supplier", "order", "shipment", "note"} <= set(config.item_types)
    assert config.source is None


def test_flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults(file: Path) -> None:
    file.write_text("[ws]\nport = 1001\nmax_connections = 1002\nmax_bad_messages = 1003\n")

    config = load(
        file,
        environ={"STREAMD_WS__PORT": "2001", "STREAMD_WS__MAX_CONNECTIONS": "2002"},
        flags=[Flag("--port", "ws.port", "3001")],
    )

    assert (config.ws.port, config.ws.max_connections, config.ws.max_bad_messages) == (3001, 2002, 1003)
    assert config.ws.max_message_bytes == 262_144


def test_the_configuration_says_where_each_option_was_set(file: Path) -> None:
    file.write_text("[ws]\nport = 1001\n[drain]\nseconds = 3\n")

    config = load(
        file, environ={"STREAMD_DRAIN__SECONDS": "4"}, flags=[Flag("--db", "store.path", ":memory:")]
    )

    assert config.origins == {
        "ws.port": str(file),
        "drain.seconds": "STREAMD_DRAIN__SECONDS",
        "store.path": "--db",
    }


def test_the_first_file_found_is_read_when_none_is_named(tmp_path: Path) -> None:
    second, third = tmp_path / "second.toml", tmp_path / "third.toml"
    second.write_text("[ws]\nport = 2\n")
    third.write_text("[ws]\nport = 3\n")

    config = load(environ={}, searched=(tmp_path / "first.toml", second, third))

    assert (config.ws.port, config.source) == (2, second)


def test_a_named_file_is_the_only_one_read(file: Path, tmp_path: Path) -> None:
    file.write_text("")
    other = tmp_path / "config.toml"
    other.write_text("[ws]\nport = 2\n")

    assert load(file, environ={}, searched=(other,)).ws.port == 8765


def test_item_types_of_a_file_replace_the_shipped_ones(file: Path) -> None:
    file.write_text(
        "[item_types.book]\ntitle = 'book'\n[item_types.book.fields]\npages = { type = 'integer' }\n"
    )

    assert load(file, environ={}).item_types == {
        "book": {"title": "book", "fields": {"pages": {"type": "integer"}}},
    }


def test_a_file_that_says_nothing_about_item_types_keeps_the_shipped_ones(file: Path) -> None:
    file.write_text("[ws]\nport = 1\n")

    assert load(file, environ={}).item_types == shipped_item_types()


def test_an_empty_table_of_item_types_means_none(file: Path) -> None:
    file.write_text("[item_types]\n")

    assert load(file, environ={}).item_types == {}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("ON", True), ("1", True), ("No", False), ("0", False)]
)
def test_a_variable_may_say_yes_and_no_in_the_usual_words(text: str, value: bool) -> None:
    assert load(environ={"STREAMD_WS__COMPRESSION": text}, searched=()).ws.compression is value


def test_a_list_in_a_variable_is_separated_by_commas() -> None:
    config = load(
        environ={"STREAMD_WS__ALLOWED_ORIGINS": "https://example.org, http://localhost:3000,"}, searched=()
    )

    assert config.ws.allowed_origins == ("https://example.org", "http://localhost:3000")


def test_whole_numbers_stand_for_seconds_in_file_and_variable(file: Path) -> None:
    file.write_text("[drain]\nseconds = 3\n")

    config = load(file, environ={"STREAMD_WS__HEARTBEAT_SECONDS": "7"})

    assert (config.drain.seconds, config.ws.heartbeat_seconds) == (3.0, 7.0)
    assert isinstance(config.drain.seconds, float)


def test_variables_of_others_are_left_alone() -> None:
    linked = {
        "STREAMD_PORT": "tcp://10.0.0.7:8765",
        "STREAMD_SERVICE_HOST": "10.0.0.7",
        "STREAMD_SERVICE_PORT_WS": "8765",
        "STREAMD_PORT_8765_TCP_ADDR": "10.0.0.7",
        "ANTHROPIC_LOG": "debug",
        "PATH": "/bin",
    }

    assert load(environ=linked, searched=()) == load(environ={}, searched=())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_any_loopback_address_may_be_listened_on(host: str) -> None:
    assert load(environ={"STREAMD_WS__HOST": host}, searched=()).ws.host == host


def test_another_address_may_be_listened_on_when_it_is_allowed_explicitly() -> None:
    config = load(environ={"STREAMD_WS__HOST": "0.0.0.0", "STREAMD_WS__ALLOW_PUBLIC": "true"}, searched=())

    assert config.ws.host == "0.0.0.0"


def test_nothing_of_a_configuration_can_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        load(environ={}, searched=()).ws.port = 1  # type: ignore[misc]  # that is the point


def test_the_usual_variables_of_the_model_s_maker_set_key_and_address() -> None:
    config = load(
        environ={"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, searched=()
    )

    assert (config.models.api_key, config.models.base_url) == ("key", "http://127.0.0.1:9")
    assert config.origins == {
        "models.api_key": "ANTHROPIC_API_KEY",
        "models.base_url": "ANTHROPIC_BASE_URL",
    }


def test_our_own_variable_beats_the_maker_s_which_beats_the_file(file: Path) -> None:
    file.write_text("[models]\napi_key = 'file'\nbase_url = 'http://file'\n")
    environ = {"ANTHROPIC_API_KEY": "theirs", "ANTHROPIC_BASE_URL": "http://theirs"}

    config = load(file, environ={**environ, "STREAMD_MODELS__API_KEY": "ours"})

    assert (config.models.api_key, config.models.base_url) == ("ours", "http://theirs")


def test_an_empty_variable_of_the_maker_leaves_what_the_file_says(file: Path) -> None:
    file.write_text("[models]\napi_key = 'key'\n")

    assert load(file, environ={"ANTHROPIC_API_KEY": ""}).models.api_key == "key"


def test_a_key_does_not_show_when_the_configuration_is_printed() -> None:
    assert "hunter2" not in repr(load(environ={"ANTHROPIC_API_KEY": "hunter2"}, searched=()))


def test_an_agent_s_table_says_what_it_wants_otherwise_and_nothing_else(file: Path) -> None:
    file.write_text("[agents.general]\neffort = ''\nstall_seconds = 3\n[agents.made_up]\n")

    config = load(file, environ={})

    assert config.agents == {
        "general": AgentOptions(effort="", stall_seconds=3.0),
        "made_up": AgentOptions(),
    }
    assert config.origins == {
        "agents.general.effort": str(file),
        "agents.general.stall_seconds": str(file),
    }


def test_a_price_in_a_file_replaces_that_model_s_and_leaves_the_others(file: Path) -> None:
    file.write_text(
        "[prices.'claude-sonnet-5-5']\ninput = 1\noutput = 2\ncache_write = 3\ncache_read = 4\n"
        "[prices]\n'my.own' = { input = 0, output = 0, cache_write = 0, cache_read = 0 }\n"
    )

    prices = load(file, environ={}).prices

    assert prices["claude-sonnet-5-5"] == PriceOptions(1.0, 2.0, 3.0, 4.0)
    assert prices["my.own"] == PriceOptions()
    assert prices.keys() == {*shipped_prices(), "my.own"}
