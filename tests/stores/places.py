"""Places where writing fails for real: small, read-only and unchangeable ones. Skips where they cannot be made."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

IS_ROOT = os.geteuid() == 0


def _as_root(*command: str | Path) -> None:
    if not IS_ROOT:
        pytest.skip("only root can make such a place")
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine does not allow it: {' '.join(map(str, command))}: {done.stderr.strip()}")


@contextmanager
def small_disk(directory: Path, size_bytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    directory.mkdir()
    _as_root("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", directory)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@contextmanager
def read_only_directory(directory: Path) -> Iterator[Path]:
    """A directory in which nothing can be made or written."""
    if not IS_ROOT:
        directory.chmod(0o500)
        yield directory
        directory.chmod(0o700)
        return
    _as_root("mount", "--bind", directory, directory)
    try:
        _as_root("mount", "-o", "remount,bind,ro", directory)
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@contextmanager
def read_only_file(path: Path) -> Iterator[Path]:
    """A file that cannot be written, in a directory that can."""
    if not IS_ROOT:
        path.chmod(0o400)
        yield path
        path.chmod(0o600)
        return
    _as_root("chattr", "+i", path)
    try:
        yield path
    finally:
        subprocess.run(["chattr", "-i", path], check=True)
