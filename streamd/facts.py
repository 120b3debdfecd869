"""Facts: values that never change, of a kind of which thousands a second are made.

Whoever assigns to an attribute of one is told so by the type checker, as with `attrs.frozen`; Python itself does not look.
Where it does, each attribute of a new value is set by a call: seven take 0.46 µs instead of 0.12, and every change of an item
makes about six such values.
"""

from functools import partial
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from attrs import frozen as fact
else:
    fact = partial(attrs.define, unsafe_hash=True)

__all__ = ["fact"]
