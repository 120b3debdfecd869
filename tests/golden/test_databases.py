"""Databases that earlier code wrote: everything is found in them as it was, and all that was open goes on as it did then."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.alike import in_any_order, without_usage
from tests.golden.opening import SCENES, reopened
from tests.golden.sets import Golden, goldens

ALL = goldens(*SCENES)
SIDE_BY_SIDE = frozenset({"coordinator", "survey", "resumed", "many"})
"""Workspaces of runs in which several tell at the same time."""


def named(golden: Golden) -> str:
    return str(golden)


@pytest.mark.parametrize("golden", [one for one in ALL if "found" in one.facts], ids=named)
async def test_everything_is_found_as_it_was(golden: Golden, tmp_path: Path) -> None:
    asked = SCENES[golden.scene].found
    assert asked is not None
    async with reopened(golden, tmp_path) as stage:
        found = await asked(stage)
    assert set(found) == set(golden.found)
    for workspace, known in golden.found.items():
        for name, value in known.items():
            assert found[workspace][name] == value, (workspace, name)


@pytest.mark.parametrize("golden", [one for one in ALL if "after" in one.facts], ids=named)
async def test_what_was_open_or_cut_off_goes_on_as_it_did(golden: Golden, tmp_path: Path) -> None:
    asked = SCENES[golden.scene].after
    assert asked is not None
    async with reopened(golden, tmp_path) as stage:
        after = without_usage(await asked(stage))
    for workspace, known in without_usage(golden.facts["after"]).items():
        if workspace in SIDE_BY_SIDE:
            check_any_order(after[workspace], known)
        else:
            assert after[workspace] == known, workspace


def check_any_order(found: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for name, told in known["runs"].items():
        assert in_any_order(found["runs"][name]) == in_any_order(told), name
    for key in ("items", "seq"):
        assert found[key] == known[key]
