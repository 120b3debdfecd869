"""Writes all options into `config.toml`: `python -m streamd.config._reference config.toml`.

The file is the reference of all options. Text between its sections is written by hand and preserved.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import orjson

from streamd.config.loader import OPTIONS
from streamd.config.option import Option

_MOST_ALIGNED: Final = 33
"""Column of the help; behind a longer setting it follows after two spaces."""


def with_options(text: str) -> str:
    """Write every option with its default and help into the sections of a configuration file's text.

    Raises:
        ValueError: a section is missing; write its header where it belongs.

    """
    for section in dict.fromkeys(option.section for option in OPTIONS.values()):
        options = [option for option in OPTIONS.values() if option.section == section]
        text = _with_section(text, section, options)
    return text


def _with_section(text: str, section: str, options: Sequence[Option]) -> str:
    body = re.compile(rf"(?m)^\[{section}\]\n(?:\w+ = .*\n|#[^─\n].*\n|\n(?=\w+ = ))*")
    if not body.search(text):
        raise ValueError(f"there is no [{section}] in the file; write its header where it belongs")
    lines = "".join(f"{line}\n" for line in _lines(options))
    return body.sub(lambda _: f"[{section}]\n{lines}", text, count=1)


def _lines(options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        setting = f"{option.name} = {_toml(option.default)}"
        yield f"{setting.ljust(_MOST_ALIGNED - 2)}  # {option.help}"


def _toml(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # TOML writes texts, lists of texts, numbers and booleans as JSON does.
    return orjson.dumps(value).decode()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_options(file.read_text()))
