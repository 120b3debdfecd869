"""Data that a request brings along, to be analysed instead of the store's."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from streamd.core.item import Item, item_of
from streamd.errors import InvalidMessageError

if TYPE_CHECKING:
    from streamd.core.values import Value


def given_items(data: object, item_type: str) -> Sequence[Item] | None:
    """Items from `[{id?, name, …}, …]`, or from `{id: {…}}`; None when nothing was given.

    Raises:
        InvalidMessageError: it has another shape.

    """
    if data is None:
        return None
    if isinstance(data, Mapping):
        data = [{"id": key, **value} if isinstance(value, Mapping) else value for key, value in data.items()]
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise InvalidMessageError(
            f"{item_type}_data must be a list of items", path=f"context.{item_type}_data"
        )
    items = []
    for index, entry in enumerate(data):
        if not isinstance(entry, Mapping):
            raise InvalidMessageError(
                f"{item_type}_data must be a list of items", path=f"context.{item_type}_data[{index}]"
            )
        fields = {str(name): cast("Value", value) for name, value in entry.items() if value is not None}
        items.append(
            item_of(
                {
                    "id": f"{item_type}-{index + 1}",
                    "name": f"{item_type} {index + 1}",
                    **fields,
                    "type": item_type,
                }
            )
        )
    return items
