"""The decorator of all use cases: checks the actor's right, counts calls and refusals, logs those for lack of a right.

What a use case reads and writes is for its actor (`working_for`).
"""

import asyncio
import functools
import inspect
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import attrs
import structlog

from streamd.core.access.rates import Rate
from streamd.core.principal import Right
from streamd.engine import Engine
from streamd.errors import ForbiddenError, RateLimitedError, StreamdError
from streamd.facts import define
from streamd.ports.store import working_for
from streamd.service.actor import Actor

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

USE_CASES: Final[dict[str, Right]] = {}
"""The right that each use case requires, by the name of its function."""


@define(eq=False)
class Service:
    """The context of use cases: the engine, and counters of calls and refusals."""

    engine: Engine
    calls: Counter[str] = attrs.field(factory=Counter)
    """Calls by use case."""
    refusals: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """Errors that calls raised or returned as results, by use case and error code."""
    rates: Mapping[str, Rate] = attrs.field(init=False)
    """How often each asker may call: any use case (`calls`), and those that start runs (`runs`)."""
    repeatable: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    """Held while it is looked up whether a repeatable request has begun a run already, and until it has."""

    def __attrs_post_init__(self) -> None:
        """Take the rates from the options."""
        limits = self.engine.config.limits
        self.rates = {
            "calls": Rate(limits.calls_per_minute, limits.calls_at_once),
            "runs": Rate(limits.runs_per_minute, limits.runs_at_once),
        }

    def check_rate(self, name: str, actor: Actor) -> None:
        """Raise RateLimitedError where the actor calls more often than it may. Nobody waits for a turn here."""
        rate = self.rates[name]
        if not rate.per_minute:
            return
        if wait := rate.wait(actor.flow.asker, time.monotonic()):
            what = "requests to agents" if name == "runs" else "messages"
            raise RateLimitedError(
                f"you sent more {what} than {rate.per_minute:g} a minute; send this again in a moment",
                limit=f"limits.{name}_per_minute",
                retry_after_ms=math.ceil(wait * 1000),
            )

    def count_refusal(self, name: str, actor: Actor, error: StreamdError) -> None:
        """Count an error of a call; log it when the actor lacks a right."""
        self.refusals[name, error.code] += 1
        if isinstance(error, ForbiddenError):
            log.warning(
                "use_case_forbidden", use_case=name, workspace=actor.workspace, user=actor.principal.user_id
            )

    async def counting(
        self, name: str, actor: Actor, results: AsyncGenerator[R, None]
    ) -> AsyncGenerator[R, None]:
        """Yield results one by one, and count the errors among them and the one that ends them."""
        try:
            async with aclosing(results):
                while (result := await self._next(actor, results)) is not None:
                    if isinstance(result, StreamdError):
                        self.count_refusal(name, actor, result)
                    yield result
        except StreamdError as error:
            self.count_refusal(name, actor, error)
            raise

    async def _next(self, actor: Actor, results: AsyncGenerator[R, None]) -> R | None:
        # A generator runs in the context of whoever takes its next result.
        with working_for(actor.flow):
            return await anext(results, None)


def use_case(
    right: Right, *, starts_run: bool = False
) -> Callable[[Callable[Concatenate[Service, Actor, P], R]], Callable[Concatenate[Service, Actor, P], R]]:
    """Declare a use case that requires this right in the actor's workspace, and `read` beside it.

    The function takes the service and the actor first. It is called only when the actor has the right; otherwise the
    call raises ForbiddenError; and when the actor calls not too often (`limits.calls_per_minute`; with `starts_run`
    `limits.runs_per_minute`, too), otherwise RateLimitedError. Errors that it raises are counted, or yields where it is an async generator.
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
                    service.check_rate("calls", actor)
                    if starts_run:
                        service.check_rate("runs", actor)
                    with working_for(actor.flow):
                        return await function(service, actor, *args, **kwargs)
                except StreamdError as error:
                    service.count_refusal(name, actor, error)
                    raise

            return awaited  # type: ignore[return-value]  # R is the coroutine that `function` returns

        is_generator = inspect.isasyncgenfunction(function)

        @functools.wraps(function)
        def called(service: Service, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                service.calls[name] += 1
                actor.check(right)
                service.check_rate("calls", actor)
                if starts_run:
                    service.check_rate("runs", actor)
                result: Any = function(service, actor, *args, **kwargs)
            except StreamdError as error:
                service.count_refusal(name, actor, error)
                raise
            return service.counting(name, actor, result) if is_generator else result

        return called

    return decorate
