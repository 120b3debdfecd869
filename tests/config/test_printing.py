"""What `check-config` prints of tables whose names are the reader's own, and of secrets."""

from pathlib import Path

from streamd.cli.check_config import lines
from streamd.config import load


def test_agents_and_prices_are_printed_with_where_they_were_set_and_mean_the_same_when_read_again(
    tmp_path: Path,
) -> None:
    file, again = tmp_path / "streamd.toml", tmp_path / "again.toml"
    file.write_text(
        "[agents.general]\ninstructions = 'Be kind'\nthinking = false\n"
        "[prices.'a model.1']\ninput = 1\noutput = 2\ncache_write = 3\ncache_read = 0.5\n"
    )
    config = load(file, environ={})

    printed = list(lines(config))
    again.write_text("\n".join(printed))

    assert f"thinking = false  # {file}" in printed
    assert "model = null" not in printed
    assert load(again, environ={}).agents == config.agents
    assert load(again, environ={}).prices == config.prices


def test_a_key_is_never_printed_but_that_there_is_one() -> None:
    printed = list(lines(load(environ={"ANTHROPIC_API_KEY": "hunter2"}, searched=())))

    assert 'api_key = "********"  # ANTHROPIC_API_KEY' in printed
    assert "hunter2" not in "\n".join(printed)
