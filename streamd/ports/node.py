"""Nodes of an agent's graph: a function over a run, and how it is retried when it fails."""

import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, overload

import attrs

from streamd.core.run import Response
from streamd.errors import RunError, StreamdError
from streamd.facts import frozen
from streamd.ports.run import Run

Steps: TypeAlias = Callable[[Run], AsyncGenerator[Response, None]]
"""The function of a node: an async generator over a run."""

RetryOn: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
"""Errors after which a node is retried: their class or classes, or a function that judges one."""

_MISTAKES: Final = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, NotImplementedError, SyntaxError,
    TypeError, ValueError,
)  # fmt: skip
"""Errors of code: the second attempt would fail, too."""
_LONGEST_BACKOFF_SECONDS: Final = 60.0


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, _MISTAKES)


@frozen
class Node:
    """A node: its function, and how often it is retried; `node` makes one of a function."""

    steps: Steps
    retries: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    """Further attempts after one that failed."""
    retry_on: RetryOn = attrs.field(default=_may_pass)
    """Errors of others after which it is retried: classes, or a function of the error. By default all but those that Python
    raises for mistakes in code. An error of streamd says so itself: one that is `retryable` counts, others do not."""
    backoff_seconds: float = attrs.field(default=1.0, validator=attrs.validators.ge(0))
    """Pause before the second attempt; doubled before each further one, up to a minute."""

    @retry_on.validator
    def _check_retry_on(self, _attribute: object, given: object) -> None:
        kinds = given if isinstance(given, tuple) else (given,) if isinstance(given, type) else ()
        if not all(isinstance(one, type) and issubclass(one, Exception) for one in kinds):
            raise ValueError(f"retry_on has classes of errors, and not {given!r}")
        if not kinds and not callable(given):
            raise ValueError(
                f"retry_on is a class of errors, several, or a function of an error, and not {given!r}"
            )

    def __call__(self, run: Run) -> AsyncGenerator[Response, None]:
        """Visit the node."""
        return self.steps(run)

    @property
    def name(self) -> str:
        """The name of its function, for messages."""
        return getattr(self.steps, "__name__", repr(self.steps))

    @property
    def code_path(self) -> str:
        """The folder of its function's package, or the file of a module that is in none; empty when there is no file."""
        function: Any = self.steps
        while isinstance(function, functools.partial):
            function = function.func
        function = inspect.unwrap(function)
        path = getattr(getattr(function, "__code__", None), "co_filename", "")
        within = str(getattr(function, "__module__", "")).count(".") + path.endswith("/__init__.py")
        for _ in range(within):
            path = path.rpartition("/")[0]
        return path

    def may_retry(self, error: Exception) -> bool:
        """Whether another attempt may succeed after this error; of several at once, after each of them."""
        if isinstance(error, ExceptionGroup):
            return all(map(self.may_retry, error.exceptions))
        if isinstance(error, StreamdError):
            return error.retryable
        judge = self.retry_on
        return isinstance(error, judge) if isinstance(judge, type | tuple) else judge(error)

    def pause_before(self, attempt: int) -> float:
        """Return the pause in seconds before an attempt, the second or a further one."""
        pause: float = min(self.backoff_seconds * 2.0 ** (attempt - 2), _LONGEST_BACKOFF_SECONDS)
        return pause


@overload
def node(steps: Callable[..., Any], /) -> Node: ...
@overload
def node(
    *, retries: int = 0, retry_on: RetryOn = _may_pass, backoff_seconds: float = 1.0
) -> Callable[[Callable[..., Any]], Node]: ...
def node(
    steps: Callable[..., Any] | None = None,
    /,
    *,
    retries: int = 0,
    retry_on: RetryOn = _may_pass,
    backoff_seconds: float = 1.0,
) -> Node | Callable[[Callable[..., Any]], Node]:
    """Make a node of a function, for the `nodes` of an agent; as a decorator with arguments or without.

    Between attempts the run waits, and says so. An attempt starts the node from its top: what it has done is replayed and not
    done again, as after a restart of the daemon (`streamd.ports.run`).

    Args:
        steps: an async generator over a run, or a plain `async def` function that yields nothing.
        retries: further attempts after one that failed.
        retry_on: classes of errors after which it is retried, or a function that judges an error; by default all but those
            that Python raises for mistakes in code. A `retryable` error of streamd, such as
            `AgentError("…", retryable=True)`, always counts.
        backoff_seconds: the pause before the second attempt; doubled before each further one, up to a minute.

    Raises:
        ValueError: the function cannot be a node.

    """
    if steps is None:
        return lambda made: attrs.evolve(
            node_from(made), retries=retries, retry_on=retry_on, backoff_seconds=backoff_seconds
        )
    return node_from(steps)


def node_from(given: Callable[..., Any]) -> Node:
    """Make a node of a function, which may be a plain `async def` that yields nothing. Raises ValueError."""
    if isinstance(given, Node):
        return given
    name = getattr(given, "__name__", repr(given))
    called = (
        given if inspect.isroutine(given) or isinstance(given, functools.partial) else type(given).__call__
    )
    is_generator = inspect.isasyncgenfunction(called)
    if not is_generator and not inspect.iscoroutinefunction(called):
        raise ValueError(f"{name} cannot be a node: define it with `async def`, and yield responses in it")
    try:
        inspect.signature(given).bind(None)
    except TypeError as error:
        raise ValueError(
            f"{name} cannot be a node: it is called with the run alone, and has {error}"
        ) from None
    return Node(given if is_generator else _yielding_nothing(given))


def nodes_from(given: Mapping[str, Callable[..., Any]]) -> Mapping[str, Node]:
    """Make nodes of functions by name. Raises ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("nodes have names: give them as {name: function}")  # noqa: TRY004
    return {name: node_from(one) for name, one in given.items()}


def _yielding_nothing(function: Callable[..., Awaitable[object]]) -> Steps:
    @functools.wraps(function)
    async def steps(run: object) -> AsyncGenerator[Any, None]:
        returned = await function(run)
        if returned is not None:
            raise RunError(
                f"the node {getattr(function, '__name__', repr(function))} returned a {type(returned).__name__}, which goes "
                "nowhere: change the state by run.update(…), and yield responses"
            )
        for response in tuple[Any, ...]():
            yield response

    return steps
