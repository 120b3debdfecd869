"""The type of a graph's state: a `TypedDict` or an attrs class, with reducers for what several branches write.

A reducer is named as in LangGraph: `notes: Annotated[list[str], operator.add]`. What a node writes to `notes` is then added to
what is there, by whichever branch that was written.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin, get_type_hints, is_typeddict

import attrs

from streamd.errors import RunError, did_you_mean
from streamd.facts import frozen

Reduce: TypeAlias = Callable[[Any, Any], object]
"""From the value that is there and what a node writes to the new value, such as `operator.add`."""

_EMPTY: Final[Mapping[object, Callable[[], object]]] = {
    list: list, dict: dict, str: str, int: int, float: float, bool: bool,
}  # fmt: skip


@frozen
class Reducer:
    """Makes one value of two that were written to one name."""

    reduce: Reduce
    """From the value that is there and what a node writes to the new value."""
    kind: object
    """The type of the name, whose empty value the first one is added to."""

    def __call__(self, values: Mapping[str, object], name: str, written: object) -> object:
        """Return the new value of a name."""
        if name in values:
            return self.reduce(values[name], written)
        empty = _EMPTY.get(get_origin(self.kind) or self.kind)
        return written if empty is None else self.reduce(empty(), written)


def state_type(given: type[object] | None) -> type[object] | None:
    """Return a `TypedDict` or an attrs class whose types are there. Raises ValueError."""
    if given is not None:
        if not (is_typeddict(given) or attrs.has(given)):
            raise ValueError(f"the state of an agent is a TypedDict or an attrs class, and {given!r} is none")
        try:
            get_type_hints(given)
        except NameError as error:
            raise ValueError(
                f"the types in {given.__name__} must be there when the agent is made: {error}"
            ) from None
        reducers_of(given)
    return given


def check_names(agent: str, kind: type[object], written: Iterable[str]) -> None:
    """Refuse what a state's type does not declare. Raises RunError."""
    names = get_type_hints(kind)
    for name in written:
        if name not in names:
            raise RunError(
                f"the state of the agent {agent} has no {name}{did_you_mean(name, sorted(names))}; "
                f"{kind.__name__} declares its names"
            )


def reducers_of(kind: type[object] | None) -> Mapping[str, Reducer]:
    """Return the reducers of a state's type by name. Raises ValueError for one that takes no two values."""
    found: dict[str, Reducer] = {}
    for name, hint in {} if kind is None else get_type_hints(kind, include_extras=True).items():
        while get_origin(hint) not in (Annotated, None) and is_wrapper(hint):
            (hint,) = get_args(hint)  # noqa: PLW2901 - what is inside Required and NotRequired
        if get_origin(hint) is not Annotated:
            continue
        inner, *extras = get_args(hint)
        functions = [one for one in extras if callable(one) and not isinstance(one, type)]
        if len(functions) > 1:
            raise ValueError(f"{name} in the state has several reducers, and may have one")
        for function in functions:
            _check_reducer(name, function)
            found[name] = Reducer(function, inner)
    return found


def is_wrapper(hint: object) -> bool:
    """Whether a type is `Required[…]` or `NotRequired[…]`."""
    return str(get_origin(hint)).rpartition(".")[2] in ("Required", "NotRequired")


def _check_reducer(name: str, function: Callable[..., object]) -> None:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise ValueError(
            f"the reducer of {name} in the state is called with the value that is there and the written one, and has {error}"
        ) from None
    except ValueError:  # of a builtin no signature is known
        pass
