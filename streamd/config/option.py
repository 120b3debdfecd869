"""Options: a typed default with the bounds of its values."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import attrs

from streamd.facts import frozen

T = TypeVar("T")

_LIMITS: Final = "streamd.limits"
_HELP: Final = "streamd.help"


@frozen
class OptionBounds:
    """Bounds of an option's values, beyond their type."""

    at_least: float | None = None
    at_most: float | None = None
    check: Callable[[Any], str | None] | None = None
    """Returns what is wrong with a value, or None."""
    secret: bool = False
    """Whether the value is never printed, not even in an error message."""
    also: str = ""
    """A foreign environment variable that sets the option too, such as ANTHROPIC_API_KEY."""
    required: bool = False
    """Whether a table that exists must set it."""


@frozen
class Option:
    """Declaration of one option, for the loader and the documents."""

    section: str
    name: str
    kind: Any
    """Type of the values: bool, int, float, str, `tuple[str, ...]` or a Literal of texts."""
    default: object
    help: str
    """The comment beside the option in `config.toml`."""
    limits: OptionBounds

    @property
    def path(self) -> str:
        """Name of the option in `config.toml`, for example `ws.port`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """Name of the option in the environment, for example `STREAMD_WS__PORT`."""
        return f"STREAMD_{self.section}__{self.name}".upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values; empty when every value of the type is allowed."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()


def option(
    default: T,
    *,
    help: str,  # noqa: A002 - as argparse names it
    at_least: float | None = None,
    at_most: float | None = None,
    check: Callable[[Any], str | None] | None = None,
    secret: bool = False,
    also: str = "",
    required: bool = False,
) -> T:
    """Declare an option with its default and bounds, in the class of its section.

    For example `port: int = option(8765, at_least=0, at_most=65535, help="0 takes any free port")`.
    """
    limits = OptionBounds(
        at_least=at_least, at_most=at_most, check=check, secret=secret, also=also, required=required
    )
    return attrs.field(default=default, repr=not secret, metadata={_LIMITS: limits, _HELP: help})


def options_of(config: type[attrs.AttrsInstance]) -> Mapping[str, Option]:
    """Options of all sections by path, in the order of declaration; other attributes of the class are skipped."""
    options = [
        declared
        for part in attrs.fields(config)
        if part.type is not None and attrs.has(part.type)
        for declared in options_in(part.name, part.type)
    ]
    return types.MappingProxyType({declared.path: declared for declared in options})


def options_in(section: str, declared: type[attrs.AttrsInstance]) -> Sequence[Option]:
    """Options of one section, in the order of declaration."""
    return [
        Option(
            section,
            field.name,
            _without_none(field.type),
            field.default,
            field.metadata[_HELP],
            field.metadata[_LIMITS],
        )
        for field in attrs.fields(declared)
    ]


def _without_none(kind: Any) -> Any:
    """The type without None: `int` of `int | None`."""
    others = [member for member in get_args(kind) if member is not types.NoneType]
    return others[0] if types.NoneType in get_args(kind) else kind
