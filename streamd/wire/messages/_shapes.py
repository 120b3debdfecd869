"""Declares objects: their keys, how the value of each is read, and what is made of the values.

A `ReadValue` takes the value of one key and the name of the key. It returns what the value means, None where that is as
good as an absent key, or raises InvalidMessageError with what is expected and the path. A key without a default is
required: its reader is given None where the key is absent or null, and refuses it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from streamd.core.json.typed_schemas import JsonSchema
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.wire.messages._key_schemas import declared_schema, merged, or_null, schema_of

Body: TypeAlias = Mapping[str, object]
"""A decoded JSON object."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
ReadValue: TypeAlias = Callable[[object, str], T]

REQUIRED: Final = object()
"""Stands for the default of a key that has none."""


class ReadBody(ABC, Generic[T_co]):
    """Makes one value from several keys of an object."""

    keys: frozenset[str]
    """Every key that is read; those of an inner object by their path, such as `budget.tokens`."""

    @abstractmethod
    def __call__(self, body: Body, /) -> T_co:
        """Read the keys, or raise InvalidMessageError."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """Make the schema of objects whose keys are accepted."""


@frozen
class Source:
    """The origin of one value: a key, or several keys together."""

    read: ReadValue[object] | ReadBody[object]
    default: object = REQUIRED
    """The value where the key is absent or as good as absent."""

    def keys(self, name: str) -> frozenset[str]:
        """Return every key that is read when the source has this name."""
        if isinstance(self.read, ReadBody):
            return self.read.keys
        inner: frozenset[str] = getattr(self.read, "keys", frozenset())
        return frozenset({name, *(f"{name}.{key}" for key in inner)})

    def json_schema(self, name: str) -> JsonSchema:
        """Make the schema of objects whose keys are accepted, of those that are read when the source has this name."""
        if isinstance(self.read, ReadBody):
            return self.read.json_schema()
        if self.default is REQUIRED:
            return {"properties": {name: schema_of(self.read)}, "required": [name]}
        return {"properties": {name: or_null(schema_of(self.read))}}


def optional(read: ReadValue[object], default: object = None) -> Source:
    """Declare a key that may be absent."""
    return Source(read, default)


class Shape(ReadBody[T]):
    """Makes one value of the keys of an object."""

    def __init__(
        self, make: Callable[..., T], /, **sources: Source | ReadValue[object] | ReadBody[object]
    ) -> None:
        """Take the maker of the value and, in the order of its parameters, their sources by name."""
        named = {name: told if isinstance(told, Source) else Source(told) for name, told in sources.items()}
        self.keys = frozenset(key for name, source in named.items() for key in source.keys(name))
        self._make = make
        self._sources: Final[Mapping[str, Source]] = named
        self._defaults: Final = [source.default for source in named.values()]
        self._rows: Final[Sequence[tuple[int, str | None, Callable[..., object], bool]]] = tuple(
            (
                place,
                None if isinstance(source.read, ReadBody) else name,
                source.read,
                source.default is REQUIRED,
            )
            for place, (name, source) in enumerate(named.items())
        )

    def __call__(self, body: Body, /) -> T:
        """Read the keys and make the value."""
        return self._make(*self.values(body))

    def values(self, body: Body) -> list[object]:
        """Read the value of every source, in order."""
        values = self._defaults.copy()
        for place, key, read, is_required in self._rows:
            if key is None:
                value = read(body)
            elif (value := body.get(key)) is not None or is_required:
                value = read(value, key)
            else:
                continue  # as of most keys
            if value is not None or is_required:
                values[place] = value
        return values

    def json_schema(self) -> JsonSchema:
        """Make the schema of objects that have these keys, and meet the rules that the maker declares."""
        sources = (source.json_schema(name) for name, source in self._sources.items())
        return merged(*sources, declared_schema(self._make) or {})


class FirstOf(ReadBody[T | None]):
    """Takes the first of several keys that has a value; the keys after it are not read."""

    def __init__(self, **sources: ReadValue[T | None]) -> None:
        """Take the reader of each key."""
        self._sources = sources
        self.keys = frozenset(sources)

    def __call__(self, body: Body, /) -> T | None:
        """Read keys until one has a value; None where none has."""
        for key, read in self._sources.items():
            given = body.get(key)
            value = None if given is None else read(given, key)
            if value is not None:
                return value
        return None

    def json_schema(self) -> JsonSchema:
        """Make the schema of objects that have any of the keys."""
        return {"properties": {key: or_null(schema_of(read)) for key, read in self._sources.items()}}


class Inner(Generic[T]):
    """Reads an object that stands under a key; other keys in it are ignored."""

    def __init__(self, shape: Shape[T]) -> None:
        """Take the shape of the object."""
        self._shape = shape
        self.keys = shape.keys

    @property
    def accepted_schema(self) -> JsonSchema:
        """The schema of the object."""
        return self._shape.json_schema()

    def __call__(self, value: object, key: str) -> T:
        """Read the object; refusals name its keys by their whole path."""
        if not isinstance(value, dict):
            raise InvalidMessageError(f"{key} must be an object", path=key)
        try:
            return self._shape(value)
        except InvalidMessageError as refusal:
            raise inside(key, refusal) from None


def inside(path: str, refusal: InvalidMessageError) -> InvalidMessageError:
    """Make a refusal name a key of an inner object by its whole path."""
    whole_path = f"{path}.{refusal.path}" if refusal.path else path
    return InvalidMessageError(f"{path}.{refusal.message}", path=whole_path)
