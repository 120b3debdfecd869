"""Spooled snapshots: pages that the thread which reads the store writes into a spool."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

import orjson

from streamd.core.declared.relations import referred_ids
from streamd.core.item import START, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.lists.view import View
from streamd.core.values import Value
from streamd.engine.delivery.spool import Spool
from streamd.wire.message_parts import names_in_parts
from streamd.wire.snapshot_pages import MAX_NAMES_BYTES, MAX_PAGE_BYTES, PageCutter

Flat = Mapping[str, Value]


class SpooledSnapshot:
    """The items of a view at one position, in pages, and the names of the items that those of each page refer to."""

    def __init__(self, spool: Spool, view: View | None, types: ItemTypes) -> None:
        self.seq: Seq = START
        self.begun = False
        """Whether the first items have been read."""
        self._spool = spool
        self._view = None if view is None or view.by_type_alone else view
        self._types = types
        self._cutter = PageCutter()
        self._ids: list[Sequence[ItemId]] = []
        """By page, the ids that its items refer to."""
        self._same: dict[ItemId, ItemId] = {}
        """Each of these ids once: items that refer to the same one share its text."""
        self._pages: list[tuple[int | None, int | None]] = []
        """The numbers of the pieces with the items and the names of each page; None: it has none."""

    def visit(self, bodies: Sequence[bytes]) -> None:
        """Take the next items of the workspace."""
        self.begun = True
        if self._view is not None:
            bodies = [body for body in bodies if self._view.holds(cast("Flat", orjson.loads(body)))]
        for page in self._cutter.add(bodies):
            self._put(page)

    def end(self) -> Collection[ItemId]:
        """Write the last page, once all items have been read; returns the ids that items refer to."""
        page = self._cutter.rest()
        if page or not self._ids:
            self._put(page)
        return self._same.keys()

    def finish(self, names: Mapping[ItemId, str]) -> None:
        """Take the names of the items that are referred to."""
        for number, ids in enumerate(self._ids):
            known = {one: names[one] for one in ids if one in names}
            pieces = [orjson.dumps(part) for part in names_in_parts(known, MAX_PAGE_BYTES)]
            first = len(self._spool)
            for piece in pieces:
                self._spool.add(piece)
            if len(pieces) == 1 and len(pieces[0]) <= MAX_NAMES_BYTES:
                self._pages.append((number, first))
            else:  # many names, or long ones, have pages of their own
                self._pages.append((number, None))
                self._pages += [(None, first + index) for index in range(len(pieces))]
        self._ids, self._same = [], {}

    def _put(self, page: Sequence[bytes]) -> None:
        self._spool.add(b",".join(page))
        ids: Sequence[ItemId] = ()
        if self._types.references:
            flat = (orjson.loads(body) for body in page)
            ids = referred_ids(((str(item.get("type")), item) for item in flat), self._types)
        self._ids.append([self._same.setdefault(one, one) for one in ids])

    def __len__(self) -> int:
        return len(self._pages)

    def items(self, number: int) -> bytes:
        """The items of a page, joined by commas."""
        piece, _ = self._pages[number]
        return b"" if piece is None else self._spool.piece(piece)

    def names(self, number: int) -> Mapping[str, str]:
        """Names by id, of the items that those of a page, or of the one before, refer to."""
        _, piece = self._pages[number]
        found: Mapping[str, str] = {} if piece is None else orjson.loads(self._spool.piece(piece))
        return found


class NamesReader:
    """Collects the names of some items from a snapshot of all that can have them."""

    def __init__(self, wanted: Collection[ItemId]) -> None:
        self._wanted = wanted
        self.found: dict[ItemId, str] = {}

    def visit(self, bodies: Sequence[bytes]) -> None:
        """Look at the next items."""
        for body in bodies:
            item = orjson.loads(body)
            if item["id"] in self._wanted:
                self.found[ItemId(item["id"])] = str(item.get("name", ""))
