"""Checks of an agent's graph, made when the agent is: names of nodes, edges, and whether every path leads to an end."""

import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from types import NoneType
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints

from streamd.errors import did_you_mean

_NODE_NAME: Final = re.compile(r"[^\s/#:]{1,64}")
Goals: TypeAlias = frozenset[str | None]


def edges_from(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return edges with several goals as tuples. Raises ValueError for what is no edge."""
    return {node: _edge(node, edge) for node, edge in given.items()}


def _edge(node: str, edge: Any) -> Any:
    if edge is None or isinstance(edge, str):
        return edge
    if isinstance(edge, list | tuple | set | frozenset):
        if not all(isinstance(one, str) for one in edge):
            raise ValueError(f"the edge of {node} leads to names of nodes, and not to {edge!r}")
        return tuple(sorted(edge)) if isinstance(edge, set | frozenset) else tuple(edge)
    if not callable(edge):
        raise ValueError(f"the edge of {node} is a name of a node, several, or a function of the state")  # noqa: TRY004
    name = getattr(edge, "__name__", repr(edge))
    if inspect.isasyncgenfunction(edge) or hasattr(edge, "steps"):
        raise ValueError(f"the edge of {node} leads to the name of a node: write the name instead of {name}")
    if inspect.iscoroutinefunction(edge):
        raise ValueError(f"{name}, which chooses the goal after {node}, must be a plain function: use def")
    try:
        inspect.signature(edge).bind({})
    except TypeError as error:
        raise ValueError(
            f"{name}, which chooses the goal after {node}, is called with the state alone, and has {error}"
        ) from None
    except ValueError:  # of a builtin no signature is known
        pass
    return edge


def check_graph(
    agent: str,
    names: Collection[str],
    edges: Mapping[str, Any],
    pausing: Iterable[str],
    rejected: Mapping[str, str],
) -> None:
    """Refuse a graph that cannot be walked.

    Args:
        agent: the agent's name.
        names: its nodes, the first one first.
        edges: as `edges_from` makes them.
        pausing: nodes that may wait for approval.
        rejected: the node to run instead of a refused one.

    Raises:
        ValueError: a name cannot be one, is not there, or no path leads to it; or no path leads from it to an end.

    """
    for name in names:
        if not _NODE_NAME.fullmatch(str(name)):
            raise ValueError(
                f"agent {agent}: {name!r} cannot be the name of a node: use at most 64 characters, and no space, /, # or :"
            )
    chosen = {node: goals_of(edge) for node, edge in edges.items()}
    named = {goal for goals in chosen.values() if goals is not None for goal in goals if goal is not None}
    for places, where in (
        (named, "an edge leads to"),
        (edges, "there is an edge from"),
        (pausing, "interrupt_before or hitl_before has"),
        ({*rejected, *rejected.values()}, "rejected has"),
    ):
        for unknown in sorted(set(places) - set(names)):
            raise ValueError(
                f"agent {agent} has no node {unknown}, and {where} it{did_you_mean(unknown, names)}"
            )
    _check_paths(agent, names, edges, chosen, rejected)


def goals_of(edge: Any) -> Goals | None:
    """Return the goals of an edge; of a function those that its `Literal` names, or None when only the state says.

    A goal that is None is an end.
    """
    if not callable(edge):
        return frozenset(edge if isinstance(edge, tuple) else (edge,))
    try:
        told = get_type_hints(edge).get("return")
    except (NameError, TypeError, AttributeError):
        return None
    parts = (told,) if get_origin(told) is Literal else get_args(told)
    if not all(part is NoneType or get_origin(part) is Literal for part in parts) or not parts:
        return None
    goals = [one for part in parts for one in (get_args(part) or (None,))]
    return frozenset(one for one in goals if one is None or isinstance(one, str))


def _check_paths(
    agent: str,
    names: Collection[str],
    edges: Mapping[str, Any],
    chosen: Mapping[str, Goals | None],
    rejected: Mapping[str, str],
) -> None:
    reached, waiting = set[str](), [next(iter(names))]
    while waiting:
        node = waiting.pop()
        if node in reached:
            continue
        reached.add(node)
        goals = chosen.get(node, frozenset({None}))
        waiting += names if goals is None else [goal for goal in goals if goal is not None]
        waiting += [rejected[node]] if node in rejected else []
    if unreached := [name for name in names if name not in reached]:
        raise ValueError(
            f"agent {agent}: no edge leads to {', '.join(unreached)}; the graph starts at {next(iter(names))}"
        )
    ending = set[str]()
    while more := [node for node in names if node not in ending and _may_end(node, edges, chosen, ending)]:
        ending.update(more)
    if endless := [name for name in names if name not in ending]:
        raise ValueError(
            f"agent {agent}: no path leads from {', '.join(endless)} to an end; let a function choose the goal, and return None"
        )


def _may_end(
    node: str, edges: Mapping[str, Any], chosen: Mapping[str, Goals | None], ending: Collection[str]
) -> bool:
    goals = chosen.get(node, frozenset({None}))
    if goals is None or None in goals:
        return True
    ends = [goal in ending for goal in goals]
    return any(ends) if callable(edges[node]) else all(ends)  # of branches side by side each has to end
