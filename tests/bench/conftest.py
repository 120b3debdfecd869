"""The benchmark is not installed with streamd: its tests find it in the checkout."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(autouse=True)
def all_cores() -> Iterator[None]:
    """The benchmark pins whoever starts its servers to one core; the tests that follow have all of them again."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, before)
