"""The kinds of values that further fields have in the items that are there, by which columns of an import are read, too."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from streamd.core.item import Item
from streamd.facts import define
from streamd.service.actor import Actor
from streamd.service.use_case import Service

if TYPE_CHECKING:
    from streamd.tables import Judgement

_MOST_ITEMS: Final = 2_000
"""Items of a type that are looked at."""


@define
class _Kinds:
    """The kinds of values that some fields have."""

    wanted: Collection[str]
    texts: set[str] = attrs.field(factory=set)
    """Fields that have a text in any item."""
    others: set[str] = attrs.field(factory=set)
    """Fields that have something else."""
    _seen: int = 0

    def visit(self, items: Sequence[Item]) -> bool:
        """Take items; False once it is enough."""
        for item in items:
            for field in self.wanted:
                value = item.fields.get(field)
                if value is not None:
                    (self.texts if isinstance(value, str) else self.others).add(field)
        self._seen += len(items)
        return self._seen < _MOST_ITEMS and not self.texts >= set(self.wanted)


async def with_kinds_in_use(service: Service, actor: Actor, judgement: "Judgement") -> "Judgement":
    """The judgement with the columns as texts whose fields have texts in items that are there; it tells where the two differ."""
    for name in judgement.types:
        loose = judgement.loose_fields(name)
        if not loose:
            continue
        kinds = _Kinds(loose)
        await service.engine.store.scan(actor.workspace, name, kinds.visit)
        judgement = judgement.with_texts(name, kinds.texts, kinds.others - kinds.texts)
    return judgement
