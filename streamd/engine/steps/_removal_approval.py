"""Approval of removals by people."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId, Seq
from streamd.core.tool_calls import RemoveItems
from streamd.engine.live import LiveRun, ask, asked_before
from streamd.facts import frozen
from streamd.ports.agent import Agent

_NAMED_AT_MOST: Final = 10


@frozen
class Approval:
    """The part of a removal that a person approved, and the rest in words."""

    call: RemoveItems
    """What they approved of it."""
    declined: str
    """Which items they were asked about and keep, in words; empty for none."""


async def approve_removal(
    run: LiveRun,
    agent: Agent,
    step: str,
    removal: RemoveItems,
    key: str,
    names: Mapping[ItemId, str],
    referring: Sequence[str] = (),
    staying: Sequence[str] = (),
    *,
    base: Seq,
) -> Approval:
    """Return the approved part of a removal: all of it, or the items that the answer lists.

    `referring` has the names of items whose references it clears, `staying` says which items stay and why, `base` is the
    position up to which items were read. What the question did not name is not approved.
    """
    named = {item_id: names.get(item_id, item_id) for item_id in removal.item_ids}
    answer = await ask(
        run, agent.name, step, f"{key}:approval",
        run.wording.ask_to_remove(
            len(named), list(named.values())[:_NAMED_AT_MOST], removal.reason, list(referring)[:_NAMED_AT_MOST],
            list(staying)[:_NAMED_AT_MOST],
        ),
        schema={
            "type": "object",
            "properties": {"item_ids": {"type": "array", "items": {"type": "string"}}},
            "required": ["item_ids"],
        },
        value={"tool": "remove_items", "reason": removal.reason, "items": named},
        # Items that change while the question is open are not removed: the base is the state read until now.
        results=(run.output.result(f"{key}?", str(base).encode()),),
    )  # fmt: skip
    asked = await asked_before(run, f"{key}:approval")
    if asked is not None and isinstance(asked.value, Mapping):
        named = dict(asked.value.get("items", named))
    allowed: Collection[object] = named
    if answer.decision == "reject":
        allowed = ()
    elif isinstance(answer.value, Mapping):
        allowed = frozenset(answer.value.get("item_ids", ())) & named.keys()
    kept = [name for one, name in named.items() if one not in allowed]
    by = "" if asked is None else asked.answered_by
    return Approval(
        attrs.evolve(removal, item_ids=tuple(one for one in removal.item_ids if one in allowed)),
        run.wording.declined(by, len(kept), kept[:_NAMED_AT_MOST]) if kept else "",
    )
