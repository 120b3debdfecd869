"""Conditions on values that occur among the items: `in Warehouse A`, `from Global Parts Inc or TechCorp`."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.language._joined_conditions import is_of_another_field
from streamd.language._lexicon import FieldWord, longest
from streamd.language._negation import negation_of
from streamd.language._predicates import AnyOf, Compare, OneOf, Predicate
from streamd.language._quantities import NUMBER_WORDS
from streamd.language._references import SOURCE
from streamd.language._syntax_tree import NotUnderstoodError, UnknownValueError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.text.plurals import singular_of

PLACE: Final = ("in", "at", "inside", "within", "stored in", "stored at", "located in", "located at", "based in",
                 "kept in", "kept at", "sitting in", "held in", "lying in", "living in", "stocked in", "on", "out of",
                 "stationed in", "situated in", "residing in", "coming out of", "over in", "down in", "based out of")  # fmt: skip


_GOAL: Final = (
    "to",
    "for",
    "going to",
    "headed to",
    "bound for",
    "headed for",
    "destined for",
    "shipped to",
    "sent to",
)


_PREFERRED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(PLACE, ("location", "place", "destination", "category")),
    **dict.fromkeys(SOURCE, ("supplier", "origin", "carrier", "location", "category")),
    **dict.fromkeys(_GOAL, ("destination",)),
}


_MOST_CONDITIONS: Final = 30
_SHORT: Final = 3
_NAMED_AT_MOST: Final = 10


def check_length(parts: Sequence[Predicate]) -> None:
    """Refuse an implausible number of conditions."""
    if len(parts) > _MOST_CONDITIONS:
        raise NotUnderstoodError(
            "Those are too many conditions at once; please say it in parts. Nothing was changed."
        )


def is_numeric(reader: TokenReader, word: FieldWord) -> bool:
    """Whether some type declares the field as a number."""
    types = reader.lexicon.item_types.declared
    kinds = {
        types[of].fields[field].kind
        for of, field in word.items()
        if of in types and field in types[of].fields
    }
    return bool(kinds & NUMERIC_KINDS)


def is_listed(reader: TokenReader, field: FieldWord) -> bool:
    """Whether some type declares the field as a list."""
    types = reader.lexicon.item_types.declared
    return any(
        types[of].fields[name].kind == "array"
        for of, name in field.items()
        if of in types and name in types[of].fields
    )


def text_value(
    reader: TokenReader, field: FieldWord, start: int, comparison: str, *, certain: bool
) -> Predicate | None:
    """Parse one or more values of a text field: `Warehouse A or Warehouse B`."""
    if comparison not in ("==", "!="):
        return None
    options: list[Predicate] = []
    unknown = ""
    while True:
        before = reader.at
        reader.accept("the", "either", "in", "at", '"')
        known = longest(reader.lexicon.values, reader.tokens, reader.at)
        mine = {key: value for key, value in known[0].items() if field.get(key[0]) == key[1]} if known else {}
        if known and mine:
            reader.at = known[1]
            options.append(OneOf(mine, reader.surface(start)))
            check_length(options)
        elif shared := _sharing_first_words(reader, options):
            options.append(shared)
        elif not options and (partial := _partial_value(reader, field)):
            options.append(partial)
        elif not options and (token := reader.token()) and token.kind == "quoted":
            reader.take_raw(reader.at + 1)
            options.append(Compare(field, "==", token.text, reader.surface(start)))
        else:
            unknown = reader.surface(reader.at, _end_of_words(reader))
            reader.at = before
            break
        before = reader.at
        if not reader.accept("or", "and", ",", ", or", ", and") or (
            _another_begins(reader, field) and not _shared_here(reader, options)
        ):
            reader.at = before
            break
    if not options:
        if certain and unknown and not is_numeric(reader, field):
            name = min(field.values()).replace("_", " ")
            raise NotUnderstoodError(f"I know no {name} «{unknown}», so nothing was changed.")
        return None
    found = AnyOf(tuple(options)) if len(options) > 1 else options[0]
    return negation_of(found) if comparison == "!=" else found


def _sharing_first_words(reader: TokenReader, options: Sequence[Predicate]) -> Predicate | None:
    """Parse the `B` of `in Warehouse A or B`, which shares its first word; the `A` of `in warehouses A and B`."""
    token = reader.token()
    if token is None or token.kind == "quoted":
        return None
    if options:
        last = options[-1]
        if not isinstance(last, OneOf):
            return None
        first = key_of(next(iter(last.values.values()))).rpartition(" ")[0]
        at = reader.at
        kinds = set(last.values)
    else:
        start = reader.at
        if start and reader.tokens[start - 1].norm.endswith("s") and token.norm not in FUNCTION_WORDS - {"a"}:
            start -= 1
        first, at = singular_of(reader.tokens[start].norm), start + 1
        kinds = set()
        if first == reader.tokens[start].norm or at >= len(reader.tokens):
            return None
    found = reader.lexicon.values.get(f"{first} {reader.tokens[at].norm}", {}) if first else {}
    mine = {key: value for key, value in found.items() if not kinds or key in kinds}
    known = longest(reader.lexicon.names, reader.tokens, at)
    if not mine or (known and (known[1] > at + 1 or options)):
        return None
    reader.at = at + 1
    return OneOf(mine, next(iter(mine.values())))


def _shared_here(reader: TokenReader, options: Sequence[Predicate]) -> bool:
    start = reader.at
    found = _sharing_first_words(reader, options) is not None
    reader.at = start
    return found


def _another_begins(reader: TokenReader, field: FieldWord) -> bool:
    """Whether what follows a connector is not one more value of the same field."""
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    return known is None or not any(field.get(of) == name for of, name in known[0])


def _end_of_words(reader: TokenReader) -> int:
    end = reader.at
    while end < len(reader.tokens) and end - reader.at < 6:
        token = reader.tokens[end]
        if token.kind == "mark" or token.norm in FUNCTION_WORDS - {"a", "of"}:
            break
        end += 1
    return end


def _partial_value(
    reader: TokenReader, field: FieldWord | None, preferred: tuple[FieldWord, ...] = ()
) -> Predicate | None:
    """Parse the unique beginning of a value: `Global Parts`. Raises where several values begin like that."""
    end = _end_of_words(reader)
    while end > reader.at:
        key = " ".join(token.norm for token in reader.tokens[reader.at : end])
        if not any(word in NUMBER_WORDS for word in key.split()):
            found = _beginning_with(reader, key, field, preferred)
            surface = reader.surface(reader.at, end)
            values = list(dict.fromkeys(value for _, value in found))
            if len({key_of(value) for value in values}) > 1:
                raise UnknownValueError(
                    f"«{surface}» is the beginning of several values: {shortened(values)}. Say which. Nothing was changed."
                )
            if found and len(key) > _SHORT:
                if (noun := reader.lexicon.nouns.at(reader.tokens, reader.at)) and noun[1] == end:
                    raise UnknownValueError(
                        f"«{surface}» may be the beginning of «{values[0]}», or items called so. Say which. Nothing was changed."
                    )
                reader.at = end
                reader.notes.append(f"I took «{surface}» to be «{values[0]}».")
                return OneOf(dict(found), values[0])
        end -= 1
    return None


def _beginning_with(
    reader: TokenReader, key: str, field: FieldWord | None, preferred: tuple[FieldWord, ...]
) -> list[tuple[tuple[str, str], str]]:
    """The values, with type and field, that go on after these words."""
    return [
        ((of, name), value)
        for _, where in reader.lexicon.values.beginning_with(key)
        for (of, name), value in where.items()
        if (field is not None and field.get(of) == name) or any(words.get(of) == name for words in preferred)
    ]


def shortened(values: Sequence[str]) -> str:
    """List values, at most ten."""
    more = f" and {len(values) - _NAMED_AT_MOST:,} more" if len(values) > _NAMED_AT_MOST else ""
    return f"{', '.join(values[:_NAMED_AT_MOST])}{more}"


def surface_text(reader: TokenReader) -> str:
    """Take a text as written, quoted or up to the next function word."""
    end = reader.at
    if end < len(reader.tokens) and reader.tokens[end].kind == "quoted":
        return reader.take_raw(end + 1)
    end = _end_of_words(reader)
    return reader.take_raw(end) if end > reader.at else ""


def by_value(reader: TokenReader, relative: bool) -> Predicate | None:
    """Parse `in Warehouse A`, `from Global Parts Inc or TechCorp`, or the bare value after `that are`."""
    start = reader.at
    preposition = reader.accept(*PLACE, *SOURCE, *_GOAL)
    if not (preposition or relative):
        return None
    reader.accept("either")
    reader.accept("the", "category", "our")
    preferred = tuple(reader.lexicon.field(word) for word in _PREFERRED.get(preposition, ()))
    options: list[Predicate] = []
    while True:
        reader.accept("in", "at", "from", "the") if options else ""
        if shared := _sharing_first_words(reader, options):
            options.append(shared)
            check_length(options)
            before = reader.at
            if not (reader.accept("or", "and", ",", ", or", ", and") and _shared_here(reader, options)):
                reader.at = before
                break
            continue
        known = longest(reader.lexicon.values, reader.tokens, reader.at)
        if known is not None:
            here, reader.at = reader.at, known[1]
            mine = next(
                (
                    some
                    for words in preferred
                    if (
                        some := {key: value for key, value in known[0].items() if words.get(key[0]) == key[1]}
                    )
                ),
                {} if preposition in _GOAL else known[0],
            )
            if not mine:
                return None
            options.append(OneOf(mine, reader.surface(start if not options else here)))
            check_length(options)
        elif not options and preposition and (partial := _partial_value(reader, None, preferred)):
            options.append(partial)
        else:
            return None
        field = reader.field()
        if field and known and any(field[0].get(of) == name for of, name in known[0]):
            reader.at = field[1]
        before = reader.at
        joined = reader.accept("or", "and", ",", ", or", ", and")
        if joined and not _value_alone(reader) and not _shared_here(reader, options):
            joined = ""
        if joined.endswith(("and", ",")) and is_of_another_field(reader, options[-1], (*PLACE, *SOURCE)):
            joined = ""
        if not joined:
            reader.at = before
            break
    return AnyOf(tuple(options)) if len(options) > 1 else options[0]


def _value_alone(reader: TokenReader) -> bool:
    """Whether a further value stands after a connector, not a new noun phrase that begins like one."""
    at = reader.at
    reader.accept("in", "at", "from", "the")
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, at)
    reader.at = at
    return known is not None and (name is None or name[1] <= known[1])
