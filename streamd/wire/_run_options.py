"""The options of a request."""

from typing import Final

from streamd.core.run import MULTITASKS, Budget, RunOptions
from streamd.wire import _readers as read
from streamd.wire._shapes import Inner, Shape, optional

MAX_REVISIONS: Final = 20

AS_CONFIGURED: Final = RunOptions()

_BUDGET: Final = Inner(
    Shape(
        Budget,
        seconds=optional(read.amount),
        tokens=optional(read.whole(least=1)),
        cost_usd=optional(read.amount),
    )
)

run_options: Final = Inner(
    Shape(
        RunOptions,
        use_hitl=optional(read.flag, False),
        max_revisions=optional(read.whole(most=MAX_REVISIONS)),
        multitask=optional(read.choice(MULTITASKS), "reject"),
        budget=optional(_BUDGET, Budget()),
    )
)
"""Reads `options`; what they leave out is as configured."""
