"""Parsing how a request wants to be treated."""

from typing import Final

from streamd.core.run import MULTITASKS, Budget, RunOptions
from streamd.wire.fields import Body, amount, choice, flag, inner, whole, within

MAX_REVISIONS: Final = 20


def run_options(body: Body) -> RunOptions:
    """The `options` of a request; as configured where nothing is said."""
    given = inner(body, "options")
    if given is None:
        return RunOptions()
    with within("options"):
        return RunOptions(
            flag(given, "use_hitl"),
            whole(given, "max_revisions", most=MAX_REVISIONS),
            choice(given, "multitask", MULTITASKS) or "reject",
            _budget(given),
        )


def _budget(options: Body) -> Budget:
    given = inner(options, "budget")
    if given is None:
        return Budget()
    with within("budget"):
        return Budget(amount(given, "seconds"), whole(given, "tokens", least=1), amount(given, "cost_usd"))
