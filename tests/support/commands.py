"""Commands of `streamd`, run in this process: as fast as their work, and seen by what measures coverage."""

import asyncio
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import attrs

from streamd.cli import main
from tests.support.daemon import Daemon


@attrs.frozen
class Ended:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


async def command(*words: object, stdin: str = "") -> Ended:
    """Run a command, which may talk to a daemon of this test; one at a time."""
    return await asyncio.to_thread(ended, *words, stdin=stdin)


async def command_to(daemon: Daemon, *words: object, stdin: str = "") -> Ended:
    """Run a command that talks to a daemon."""
    return await command(*words, "--url", f"ws://127.0.0.1:{daemon.port}", stdin=stdin)


def ended(*words: object, stdin: str = "") -> Ended:
    """Run a command to its end, as a shell without a terminal does."""
    out, err = _stream(), _stream()
    with redirect_stdout(out), redirect_stderr(err), _input(stdin):
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:  # argparse
            status = end.code if isinstance(end.code, int) else 1
    return Ended(status, _text(out), _text(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()


@contextmanager
def _input(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before
