"""The decorator of all use cases: checks the actor's right, counts the call and logs refusals for lack of a right."""

import functools
import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import attrs
import structlog

from streamd.core.principal import Right
from streamd.engine import Engine
from streamd.errors import ForbiddenError, StreamdError
from streamd.service.actor import Actor

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

USE_CASES: Final[dict[str, Right]] = {}
"""The right that each use case requires, by the name of its function."""


@attrs.define(eq=False)
class Service:
    """The context of use cases: the engine, and counters of calls and refusals."""

    engine: Engine
    calls: Counter[str] = attrs.field(factory=Counter)
    """Calls by use case."""
    refusals: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """Calls that raised an error, by use case and error code."""

    def count_refusal(self, name: str, actor: Actor, error: StreamdError) -> None:
        """Count a call that raised an error; log it when the actor lacks a right."""
        self.refusals[name, error.code] += 1
        if isinstance(error, ForbiddenError):
            log.warning(
                "use_case_forbidden", use_case=name, workspace=actor.workspace, user=actor.principal.user_id
            )


def use_case(
    right: Right,
) -> Callable[[Callable[Concatenate[Service, Actor, P], R]], Callable[Concatenate[Service, Actor, P], R]]:
    """Declare a use case that requires this right in the actor's workspace.

    The function takes the service and the actor first. It is called only when the actor has the right; otherwise the
    call raises ForbiddenError.
    """

    def decorate(
        function: Callable[Concatenate[Service, Actor, P], R],
    ) -> Callable[Concatenate[Service, Actor, P], R]:
        name = function.__name__
        assert name not in USE_CASES, f"two use cases are called {name}"
        USE_CASES[name] = right

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(service: Service, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> Any:
                try:
                    service.calls[name] += 1
                    actor.check(right)
                    return await function(service, actor, *args, **kwargs)
                except StreamdError as error:
                    service.count_refusal(name, actor, error)
                    raise

            return awaited  # type: ignore[return-value]  # R is the coroutine that `function` returns

        @functools.wraps(function)
        def called(service: Service, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                service.calls[name] += 1
                actor.check(right)
                return function(service, actor, *args, **kwargs)
            except StreamdError as error:
                service.count_refusal(name, actor, error)
                raise

        return called

    return decorate
