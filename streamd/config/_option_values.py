"""Parses option values from TOML values and from text."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from streamd.config.option import Option
from streamd.errors import Mistake, did_you_mean

_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")


def from_toml(option: Option, value: object) -> object:
    """Parse an option's value from a TOML value.

    Raises:
        ValueError: the value is invalid; the message is for the operator.

    """
    match value:
        case bool() if option.kind is bool:
            return value
        case int() | float() if option.kind is float and not isinstance(value, bool):
            return _in_range(option, float(value))
        case int() if option.kind is int and not isinstance(value, bool):
            return _in_range(option, value)
        case str() if option.kind is str or option.choices:
            return _allowed(option, value)
        case list() if option.kind == tuple[str, ...] and all(isinstance(member, str) for member in value):
            return _allowed(option, tuple(value))
        case dict() if option.kind == Mapping[str, object]:
            return value
        case _:
            raise ValueError(f"must be {_expected(option)}{_actual(option, value)}")


def from_text(option: Option, text: str) -> object:
    """Parse an option's value from an environment variable or a flag; list members are separated by commas.

    Raises:
        ValueError: the value is invalid; the message is for the operator.

    """
    value: object = text
    plain = text.strip().lower()
    if option.kind is bool and plain in _TRUE + _FALSE:
        value = plain in _TRUE
    elif option.kind in (int, float):
        try:
            value = option.kind(text)
        except ValueError:
            value = text
    elif option.kind == tuple[str, ...]:
        value = [member.strip() for member in text.split(",") if member.strip()]
    return from_toml(option, value)


def unknown(where: str, what: str, known: Iterable[str]) -> Mistake:
    """The mistake of using an unknown name, with the most similar known one."""
    return Mistake(where, f"there is no such {what}{did_you_mean(where, known)}")


def _in_range(option: Option, number: float) -> float:
    low, high = option.limits.at_least, option.limits.at_most
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number{_actual(option, number)}")
    if low is not None and high is not None and not low <= number <= high:
        raise ValueError(f"must be from {low:.10g} to {high:.10g}{_actual(option, number)}")
    if low is not None and number < low:
        raise ValueError(f"must be at least {low:.10g}{_actual(option, number)}")
    if high is not None and number > high:
        raise ValueError(f"must be at most {high:.10g}{_actual(option, number)}")
    return number


def _allowed(option: Option, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if option.choices and value not in option.choices:
        near = did_you_mean(str(value), option.choices)
        raise ValueError(f"must be {_expected(option)}{_actual(option, value)}{near}")
    fault = option.limits.check(value) if option.limits.check else None
    if fault:
        raise ValueError(fault)
    return value


def _expected(option: Option) -> str:
    if option.choices:
        return "one of " + ", ".join(choice or '""' for choice in option.choices)
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    usual = "a table" if option.kind == Mapping[str, object] else "a list of texts"
    return kinds.get(option.kind, usual)


def _actual(option: Option, value: object) -> str:
    if option.limits.secret:
        return ""
    match value:
        case str():
            return f', not "{value}"'
        case bool():
            return f", not {str(value).lower()}"
        case int() | float():
            return f", not {value:.15g}"
        case dict():
            return ", not a table"
        case list() | tuple():
            return ", not a list" if option.kind != tuple[str, ...] else ""
        case _:
            return f", not {value}"
