"""What an option is: a default with a type, and what values it may have."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import attrs

T = TypeVar("T")

_LIMITS: Final = "streamd.limits"
_HELP: Final = "streamd.help"


@attrs.frozen
class Bounds:
    """Which values of the right type an option takes."""

    at_least: float | None = None
    at_most: float | None = None
    check: Callable[[Any], str | None] | None = None
    """Says what is wrong with a value, or None."""
    secret: bool = False
    """Never printed, not even in a message about a mistake."""
    also: str = ""
    """A variable of others that sets it too, such as ANTHROPIC_API_KEY."""
    required: bool = False
    """Whether its table, once there, has to say it."""


@attrs.frozen
class Option:
    """One option, as the loader and the documents see it."""

    section: str
    name: str
    kind: Any
    """The type of its values: bool, int, float, str, `tuple[str, ...]` or a Literal of texts."""
    default: object
    help: str
    """What it is for, as it stands beside it in `config.toml`."""
    limits: Bounds

    @property
    def path(self) -> str:
        """Its name in `config.toml`, for example `ws.port`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """Its name in the environment, for example `STREAMD_WS__PORT`."""
        return f"STREAMD_{self.section}__{self.name}".upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values it takes, or nothing if it takes any of its kind."""
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
    """Declare an option with its default and its limits, in the class of its section.

    For example `port: int = option(8765, at_least=0, at_most=65535, help="0 takes any free port")`.
    """
    limits = Bounds(
        at_least=at_least, at_most=at_most, check=check, secret=secret, also=also, required=required
    )
    return attrs.field(default=default, repr=not secret, metadata={_LIMITS: limits, _HELP: help})


def options_of(config: type[attrs.AttrsInstance]) -> Mapping[str, Option]:
    """Every option by its path, in the order of declaration; attributes of other kinds are not sections."""
    found = [
        declared
        for part in attrs.fields(config)
        if part.type is not None and attrs.has(part.type)
        for declared in options_in(part.name, part.type)
    ]
    return types.MappingProxyType({declared.path: declared for declared in found})


def options_in(section: str, declared: type[attrs.AttrsInstance]) -> Sequence[Option]:
    """The options of one section, in the order of declaration."""
    return [
        Option(
            section,
            field.name,
            _said(field.type),
            field.default,
            field.metadata[_HELP],
            field.metadata[_LIMITS],
        )
        for field in attrs.fields(declared)
    ]


def _said(kind: Any) -> Any:
    """The type that is left when "not said" is no value: `int` of `int | None`."""
    others = [member for member in get_args(kind) if member is not types.NoneType]
    return others[0] if types.NoneType in get_args(kind) else kind
