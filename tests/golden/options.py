"""What `streamd check-config` says: every option with its default, where things were set, and every mistake."""

import os
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from streamd.cli import main

WRONG: Final = ("'x'", "-1", "1.5", "true", "[1]", "''", "{}", "1e30")
"""Values in TOML, of which each option is given one after the other."""

FILES: Final[Mapping[str, str]] = {
    "unknown names": "[ws]\nprot = 1\n[jurnal]\n[item_type]\n[runs]\nmax_concurent = 1\n[agents.a]\nmodle = 'x'\n"
    "[prices.a]\ninptu = 1\n",
    "sections of a wrong kind": "ws = 3\nitem_types = 3\nagents = 3\nprices = 3\n",
    "tables of a wrong kind": "[agents]\ngeneral = 3\n[prices]\na = 3\n[item_types]\nbook = 3\n",
    "agents": "[agents.a]\nthinking = 1\neffort = 'hihg'\nmax_output_tokens = 0\nstall_seconds = 0\ntimeout_seconds = 0\n"
    "model = ''\ninstructions = 3\n",
    "prices": "[prices]\na = { input = 1, output = 2 }\nb = { input = -1, output = 'x', cache_write = 0, cache_read = 0 }\n",
    "an open door": "[ws]\nhost = '0.0.0.0'\n",
    "pings": "[ws]\nidle_timeout_seconds = 20\n",
    "origins": "[ws]\nallowed_origins = ['https://example.org/', 'example.org', 'null', '']\n",
    "a store elsewhere": "[store]\nurl = 'redis://me:secret@redis'\n",
    "retries": "[drain]\nretry_min_ms = 9000\n",
    "no key": "[models]\nprovider = 'anthropic'\n",
    "choices": "[log]\nlevel = 'warn'\nformat = 'xml'\n[models]\neffort = 'hihg'\nprovider = 'openai'\n",
    "fields of items": "[item_types.book.fields]\npages = { type = 'numbre', minimum = 'x', maximm = 3 }\nid = { type = 'string' }\n"
    "state = { type = 'string', choices = 'x' }\nwhole = { type = 'number', minimum = 3, maximum = 1 }\n"
    "due = { type = 'date', default = 'tomorrow' }\n",
    "criteria of items": "[item_types.book.fields]\npages = { type = 'number' }\n[item_types.book.criteria]\n"
    "long = { where = [['pagse', '>', 3]] }\nshort = { where = [['pages', '~', 3]] }\nodd = { where = 3 }\nnone = {}\n"
    "many = { where = [['pages', '>', 'words * x']], aliases = [1] }\n",
    "item types": "[item_types.book]\ntitle = 3\naliases = 'x'\nfield = {}\n[item_types.\"a b\"]\n[item_types.person]\n"
    "aliases = ['book', 'vendor']\n",
    "all is well": "[ws]\nport = 9001\n[agents.general]\nmodel = 'claude-opus-5-5'\neffort = ''\n"
    "[prices]\na = { input = 1, output = 2, cache_write = 0, cache_read = 0 }\n[item_types.book]\n",
}  # fmt: skip
ENVIRONMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "variables": {"STREAMD_WS__PORT": "9002", "STREAMD_WS__ALLOWED_ORIGINS": "https://a.org, https://b.org",
                  "STREAMD_WS__COMPRESSION": "false", "ANTHROPIC_API_KEY": "sk-secret"},
    "variables with mistakes": {"STREAMD_WS_PORT": "1", "STREAMD_PORT": "1", "STREAMD_WS__PRT": "1", "STREAMD_ws__port": "1",
                                "STREAMD_WS__PORT": "x", "STREAMD_WS__COMPRESSION": "maybe", "STREAMD_LOG__LEVLE": "info",
                                "ANTHROPIC_API_KEY": "secret\n", "ANTHROPIC_BASE_URL": "localhost:80"},
}  # fmt: skip
FLAGS: Final[Mapping[str, Sequence[str]]] = {
    "flags": ("--port", "9003", "--host", "::1", "--db", "x.db", "--log-level", "debug"),
    "flags with mistakes": ("--port", "http", "--log-level", "loud"),
    "no such file": ("--config", "none.toml"),
}


def check(arguments: Sequence[str], environ: Mapping[str, str], directory: Path) -> str:
    """What the command says, called as its module calls it: a process for each would take twenty seconds."""
    output, errors = StringIO(), StringIO()
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update({**_clean(kept), **environ})
    try:
        with chdir(directory), redirect_stdout(output), redirect_stderr(errors):
            status = main(["check-config", *arguments])
    finally:
        os.environ.clear()
        os.environ.update(kept)
    said = f"{output.getvalue()}{errors.getvalue()}(exit {status})\n"
    return said.replace(str(directory), "<directory>")


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(("STREAMD_", "ANTHROPIC_", "OPENAI_"))
    }


def text() -> str:
    """All of it, in parts with a title."""
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        defaults = check((), {}, directory)
        parts = {"the defaults": defaults}
        for value in WRONG:
            parts[f"every option is {value}"] = _with_file(_all_options(defaults, value), directory)
        for title, content in FILES.items():
            parts[title] = _with_file(content, directory)
        parts |= {title: check((), environ, directory) for title, environ in ENVIRONMENTS.items()}
        parts |= {title: check(arguments, {}, directory) for title, arguments in FLAGS.items()}
    usual = set(defaults.splitlines())
    return "\n".join(
        f"══ {title} ══\n" + (said if said is defaults else "".join(_unusual(said, usual)))
        for title, said in parts.items()
    )


def _unusual(said: str, usual: Container[str]) -> Iterator[str]:
    """The lines that are not those of the defaults."""
    for line in said.splitlines(keepends=True):
        if line.rstrip("\n") not in usual or line.startswith("(exit"):
            yield line


def _with_file(content: str, directory: Path) -> str:
    file = directory / "config.toml"
    file.write_text(content)
    try:
        return check((), {}, directory)
    finally:
        file.unlink()


def _all_options(defaults: str, value: str) -> str:
    """A file in which each option that the defaults list has this value."""
    return re.sub(r"^(\w+) = .*$", rf"\1 = {value}", re.sub(r"^#.*|^\(exit.*", "", defaults, flags=re.MULTILINE), flags=re.MULTILINE)  # fmt: skip
