"""The grammar of noun phrases: `all low stock items in Warehouse A except Product A`, `the 3 cheapest suppliers`, `it`."""

from typing import Final

import attrs

from streamd.core.language.conditions import condition
from streamd.core.language.courtesies import FILLERS
from streamd.core.language.lexicon import FieldWord, TypeWord, longest
from streamd.core.language.numbers import NUMBER_WORDS, Quantity, quantity
from streamd.core.language.phrases import (
    Among,
    Either,
    Extreme,
    Meets,
    NameSaid,
    NotUnderstoodError,
    Phrase,
    Predicate,
    contrary,
    meeting,
)
from streamd.core.language.reader import Reader
from streamd.core.language.vocabulary import (
    ALL_WORDS,
    DETERMINERS,
    EVERYTHING,
    EXCEPT,
    EXTREMES,
    FUNCTION_WORDS,
    HIGHEST,
    LOWEST,
    PRONOUNS,
    STOPS,
)

_NAMED: Final = ("named", "called", "titled", "with the name", "with name", "by the name of", "known as", "whose name is",
                 "that is called", "which is called", "with the id", "with id", "id", "with item id", "whose id is", "#",
                 "that is named", "with the title", "identified by", "identified as", "entitled", "with the names", "names",
                 "with an id of", "with the id of", "item id", "that are called", "that are named", "number")  # fmt: skip
_ONES: Final = (
    "those",
    "ones",
    "the ones",
    "one",
    "the one",
    "these",
    "that which",
    "what",
    "whatever",
    "the others",
    "stuff",
    "things",
    "thing",
    "that",
)
_DEEPEST: Final = 6
_NEGATIONS: Final = ("non", "not", "un")


def phrases(reader: Reader) -> tuple[Phrase, ...]:
    """Noun phrases joined by commas and `and`; none when none stands here."""
    first = phrase(reader)
    if first is None:
        return ()
    found = [first]
    while True:
        start = reader.at
        reader.skip()
        joined = reader.accept(",", "and", ", and", "as well as", "plus", "and also", "&", "along with", "together with", ", as well as",
                               "/")  # fmt: skip
        if not joined or _verb_follows(reader) or reader.accept("not", "don't", "do not", "keep", "never"):
            reader.at = start
            break
        following = phrase(reader, inherited=found[-1])
        if following is None:
            reader.at = start
            break
        if found[0].every and following.bare and following.plural and following.count is None:
            following = attrs.evolve(following, every=True)
        found.append(following)
    return tuple(found)


def _verb_follows(reader: Reader) -> bool:
    start = reader.at
    reader.skip()
    found = reader.verb() is not None and longest(reader.lexicon.names, reader.tokens, reader.at) is None
    reader.at = start
    return found


def phrase(reader: Reader, *, inherited: Phrase | None = None, unknown: bool = True) -> Phrase | None:
    """One noun phrase, or nothing. `unknown`: whether words that nothing explains may be a name to look for."""
    start = reader.at
    if reader.depth >= _DEEPEST:
        raise NotUnderstoodError("That is nested too deeply; please say it in parts. Nothing was changed.")
    reader.depth += 1
    try:
        reader.skip()
        found = _head(reader, inherited, unknown=unknown)
        if found is None:
            reader.at = start
            return None
        found = _postmodified(reader, found)
    finally:
        reader.depth -= 1
    return attrs.evolve(found, said=reader.said(start).strip())


def _head(reader: Reader, inherited: Phrase | None, *, unknown: bool) -> Phrase | None:
    name = _known_name(reader)
    every = everything = definite = False
    count: Quantity | None = None
    if name is None:
        if reader.accept(*EVERYTHING):
            everything = True
        pronoun = reader.accept(*PRONOUNS) if not everything else ""
        if pronoun and not _noun_here(reader):
            return Phrase(pronoun=True)
        if not everything and reader.accept(*ALL_WORDS):
            every = True
        while not everything and (reader.word() in DETERMINERS or (reader.word() == "of" and every)):
            word = reader.word()
            if quantity(reader.tokens, reader.at) or _known_name(reader):
                break
            if word in ("those", "these", "this", "that") and not _noun_here(reader, 1):
                reader.at += 1
                if condition_here(reader):
                    return Phrase(
                        every=True, definite=True, type=inherited.type if inherited else "", everything=True
                    )
                return Phrase(pronoun=True)
            definite = definite or word not in ("a", "an")
            if word in ("a", "an"):
                count = Quantity(1, reader.at + 1)
            reader.at += 1
    built = Phrase(every=every, everything=everything, definite=definite)
    if name is None and not everything:
        number = reader.quantity()
        if number and (number.money or number.percent or number.unit):
            return None
        count = number or count
        reader.accept("of the", "of our", "of my", "of these", "of those", "of them", "of") if number else ""
    built = attrs.evolve(built, count=count)
    return _core(reader, built, inherited, unknown=unknown)


def condition_here(reader: Reader) -> bool:
    """Whether a condition stands here. Does not read it."""
    start, notes = reader.at, len(reader.notes)
    found = condition(reader) is not None
    reader.at = start
    del reader.notes[notes:]
    return found


def _noun_here(reader: Reader, ahead: int = 0) -> bool:
    """Whether a type, a criterion, a name or a number comes next."""
    at = reader.at + ahead
    tables = (
        reader.lexicon.types,
        reader.lexicon.criteria,
        reader.lexicon.names,
        reader.lexicon.values,
        EXTREMES,
    )
    return (
        any(longest(table, reader.tokens, at) for table in tables) or quantity(reader.tokens, at) is not None
    )


def _known_name(reader: Reader) -> tuple[NameSaid, int] | None:
    """An item's name or id that stands here. A single everyday word is one only where nothing else is possible."""
    found = longest(reader.lexicon.names, reader.tokens, reader.at)
    token = reader.token()
    if found is None or token is None:
        return None
    ids, end = found
    if token.kind != "quoted" and end == reader.at + 1:
        alone = end >= len(reader.tokens) or reader.tokens[end].norm in STOPS | {",", "and"}
        everyday = token.norm in FUNCTION_WORDS | FILLERS | NUMBER_WORDS or token.kind != "word"
        if everyday and not alone:
            return None
        if (token.kind != "word" or token.norm in PRONOUNS or token.norm in EVERYTHING) and not alone:
            return None
    return NameSaid(reader.said(reader.at, end), tuple(ids), token.kind == "quoted", _key(reader, end)), end


def _key(reader: Reader, end: int) -> str:
    return " ".join(token.norm for token in reader.tokens[reader.at : end])


def _core(reader: Reader, built: Phrase, inherited: Phrase | None, *, unknown: bool) -> Phrase | None:
    conditions: list[Predicate] = []
    either = False
    while True:
        reader.skip()
        start = reader.at
        typed = longest(reader.lexicon.types, reader.tokens, start)
        criterion = longest(reader.lexicon.criteria, reader.tokens, start)
        value = longest(reader.lexicon.values, reader.tokens, start)
        name = _known_name(reader)
        if built.extreme is None and (extreme := _extreme(reader, built)):
            built = attrs.evolve(built, extreme=extreme, definite=True)
            continue
        if name and _name_wins(reader, name, typed, criterion, value, built):
            built = _named(reader, built)
            break
        if value and _is_adjective(reader, value[1]) and (not typed or value[1] > typed[1]):
            reader.at = value[1]
            conditions.append(Among(value[0], reader.said(start)))
            continue
        negated = ""
        if not criterion:
            negated = reader.accept(*_NEGATIONS, "non -")
            criterion = longest(reader.lexicon.criteria, reader.tokens, reader.at) if negated else None
        if criterion and (
            not typed or criterion[1] > typed[1] or (criterion[1] == typed[1] and _type_at(reader, typed[1]))
        ):
            reader.at = criterion[1]
            met: Predicate = Meets(criterion[0], reader.said(start))
            conditions.append(contrary(met) if negated else met)
            either = _coordinated(reader) or either
            continue
        reader.at = start
        if typed:
            built = _typed(reader, built, typed)
            break
        if reader.word() in ("other", "remaining") and (built.definite or built.every):
            reader.at += 1
            built = attrs.evolve(built, others=True)
            continue
        if conditions or built.extreme or built.everything or built.every:
            built = _headless(reader, built, inherited)
            if built.type or conditions or built.extreme or built.everything:
                break
            if condition_here(reader):
                built = attrs.evolve(built, everything=True)
                break
            return None
        ones = reader.accept(*_ONES)
        if ones and (condition_here(reader) or inherited):
            built = attrs.evolve(
                built, everything=True, type=inherited.type if inherited else "", every="s" in ones
            )
            break
        if inherited and (met_here := condition(reader)):
            return attrs.evolve(built, condition=met_here, type=inherited.type, everything=True, every=True)
        if not unknown or (built.count and not built.definite and built.count.value != 1):
            return None
        return _unknown_name(reader, built)
    joined: Predicate | None = (
        Either(tuple(conditions)) if either and len(conditions) > 1 else meeting(*conditions)
    )
    return attrs.evolve(built, condition=joined)


def _name_wins(
    reader: Reader,
    name: tuple[NameSaid, int],
    typed: tuple[TypeWord, int] | None,
    criterion: tuple[object, int] | None,
    value: tuple[object, int] | None,
    built: Phrase,
) -> bool:
    end = name[1]
    if name[0].quoted:
        return True
    if any(other and other[1] > end for other in (typed, criterion, value)):
        return False
    if value and value[1] == end and _type_at(reader, end):
        return False
    tied = any(other and other[1] == end for other in (typed, criterion))
    return not (tied and (built.every or built.count or built.definite or _type_at(reader, end)))


def _type_at(reader: Reader, at: int) -> bool:
    return longest(reader.lexicon.types, reader.tokens, at) is not None


def _is_adjective(reader: Reader, end: int) -> bool:
    """Whether a type word comes after a value, perhaps with more adjectives between: `Warehouse A items`."""
    at = end
    for _ in range(4):
        if at < len(reader.tokens) and reader.tokens[at].norm == "'s":
            at += 1
        if _type_at(reader, at):
            return True
        criterion = longest(reader.lexicon.criteria, reader.tokens, at)
        value = longest(reader.lexicon.values, reader.tokens, at)
        if criterion is None and value is None:
            return False
        at = max(criterion[1] if criterion else 0, value[1] if value else 0)
    return False


def _coordinated(reader: Reader) -> bool:
    """Read `and`, `or` or a comma between two adjectives: the items of either kind are meant."""
    start = reader.at
    joined = reader.accept(
        "and",
        "or",
        ",",
        ", and",
        "and/or",
        "and / or",
        "/",
        "&",
        "and all",
        ", or",
        "and the",
        "and every",
        "or the",
    )
    criterion = longest(reader.lexicon.criteria, reader.tokens, reader.at)
    if joined and criterion and (_type_at(reader, criterion[1]) or joined in ("or", ",")):
        return True
    reader.at = start
    return False


def _typed(reader: Reader, built: Phrase, typed: tuple[TypeWord, int]) -> Phrase:
    word, reader.at = typed
    kind = word.type
    second = longest(reader.lexicon.types, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if name and second and name[1] > second[1]:
        second = None
    if second and (second[0].generic or second[0].type == word.type) and not _is_field_next(reader):
        reader.at = second[1]
        word = TypeWord(kind, plural=second[0].plural)
    elif second and word.generic and not word.plural:
        reader.at = second[1]
        word = second[0]
    built = attrs.evolve(built, type=word.type, generic=word.generic, plural=word.plural)
    if word.mass and not built.every:
        built = attrs.evolve(built, plural=True)
    reader.accept(":")
    known = _known_name(reader)
    introduced = reader.accept(*_NAMED)
    reader.accept(":", "is")
    if introduced or known:
        return _named(reader, built, many=word.plural or word.mass)
    token = reader.token()
    if token and token.kind == "quoted":
        return _named(reader, built, many=word.plural)
    if not (built.every or built.count or built.plural) and _looks_like_a_name(reader):
        return _unknown_name(reader, built) or built
    if (
        built.plural
        and not built.every
        and not built.count
        and token
        and token.text[:1].isupper()
        and _looks_like_a_name(reader)
    ):
        return _unknown_name(reader, built) or built
    return built


def _is_field_next(reader: Reader) -> bool:
    field = reader.field()
    return field is not None and reader.word() not in ("item", "items", "product", "products")


def _looks_like_a_name(reader: Reader) -> bool:
    token = reader.token()
    if (
        token is None
        or token.kind == "mark"
        or token.norm in FUNCTION_WORDS | FILLERS
        or reader.quantity_here()
    ):
        return False
    return not (
        reader.field() or longest(reader.lexicon.criteria, reader.tokens, reader.at) or condition_here(reader)
    )


def _named(reader: Reader, built: Phrase, *, many: bool = False) -> Phrase:
    names: list[NameSaid] = []
    while True:
        known = _known_name(reader) or _name_after_introduction(reader)
        if known:
            names.append(known[0])
            reader.at = known[1]
        else:
            said = _unknown_name(reader, built)
            if said is None:
                break
            names.extend(said.names)
        start = reader.at
        if not (many and reader.accept(",", "and", ", and", "or", "&") and _known_name(reader)):
            reader.at = start
            break
    return attrs.evolve(built, names=tuple(names))


def _name_after_introduction(reader: Reader) -> tuple[NameSaid, int] | None:
    found = longest(reader.lexicon.names, reader.tokens, reader.at)
    return (
        (NameSaid(reader.said(reader.at, found[1]), tuple(found[0]), key=_key(reader, found[1])), found[1])
        if found
        else None
    )


def _unknown_name(reader: Reader, built: Phrase) -> Phrase | None:
    """Words that nothing explains, up to the next small word or mark: a name to look for."""
    token = reader.token()
    if token is None:
        return None
    end = reader.at
    if token.kind == "quoted":
        end += 1
    else:
        while end < len(reader.tokens) and end - reader.at < 10:
            here = reader.tokens[end]
            if here.kind == "quoted" or (
                here.kind == "mark" and here.norm not in ("-", "/", "#", "(", ")", "'")
            ):
                break
            if here.norm in FUNCTION_WORDS | FILLERS and not (end > reader.at and here.norm == "a"):
                break
            if end > reader.at and longest(reader.lexicon.fields, reader.tokens, end):
                break
            end += 1
    if end == reader.at:
        return None
    said = reader.said(reader.at, end) if token.kind != "quoted" else token.text
    norm = " ".join(token.norm for token in reader.tokens[reader.at : end])
    reader.at = end
    ids = tuple(reader.lexicon.names.get(norm, ()))
    return attrs.evolve(built, names=(NameSaid(said, ids, token.kind == "quoted", norm),))


def _headless(reader: Reader, built: Phrase, inherited: Phrase | None) -> Phrase:
    reader.accept("ones", "one", "of them", "stuff", "things", "thing")
    if inherited and not built.type:
        return attrs.evolve(built, type=inherited.type)
    return built


def _extreme(reader: Reader, built: Phrase) -> Extreme | None:
    start = reader.at
    count = int(built.count.value) if built.count else 1
    for size in (3, 2, 1):
        words = " ".join(reader.word(n) for n in range(size))
        if words in EXTREMES and longest(reader.lexicon.names, reader.tokens, start) is None:
            word, highest = EXTREMES[words]
            reader.at += size
            number = reader.quantity()
            field: FieldWord = {"#": "#"} if word == "#" else reader.lexicon.field(word)
            return Extreme(field, highest, int(number.value) if number else count, words) if field else None
    if reader.word() in HIGHEST | LOWEST:
        highest = reader.word() in HIGHEST
        reader.at += 1
        found = reader.field()
        if found and (_type_at(reader, found[1]) or reader.tokens[found[1] - 1].norm != reader.word()):
            reader.at = found[1]
            return Extreme(found[0], highest, count, reader.said(start))
        reader.at = start
    return None


def _postmodified(reader: Reader, found: Phrase) -> Phrase:
    """Conditions, superlatives and exceptions after the head, in any order."""
    conditions: list[Predicate] = [found.condition] if found.condition else []
    excluded: list[Phrase] = []
    while True:
        start = reader.at
        reader.skip()
        if found.extreme is None and (extreme := _extreme_after(reader, found)):
            found = attrs.evolve(found, extreme=extreme)
            continue
        introduced = reader.accept(*_NAMED) if not found.names and not found.everything else ""
        if introduced and introduced != "number":
            reader.accept(":")
            found = _named(reader, found, many=found.plural)
            continue
        if introduced:
            reader.at = start
        comma = reader.accept(",")
        if (introduced := reader.accept(*EXCEPT)) and not (introduced == "but" and _verb_follows(reader)):
            at = reader.at
            reader.accept("for", "in", "keep") if not condition_here(reader) else ""
            left_out = _excluded(reader, found)
            if left_out:
                excluded.extend(left_out)
                reader.accept("alone", "as is", "as it is", "untouched", "in place")
                continue
            reader.at = at
        reader.at = start
        if found.pronoun and not found.every:
            break
        if comma and reader.tokens[min(start + 1, len(reader.tokens) - 1)].norm not in (
            "which",
            "that",
            "not",
            "with",
        ):
            break
        if reader.word() in reader.closed or (
            found.names
            and reader.closed_to_names
            and (reader.word() in reader.closed_to_names or reader.field())
        ):
            break
        reader.accept(",") if comma else ""
        if not (more := condition(reader)):
            reader.at = start
            break
        conditions.append(more)
    return attrs.evolve(found, condition=meeting(*conditions), excluded=tuple(excluded))


def _excluded(reader: Reader, found: Phrase) -> tuple[Phrase, ...]:
    start = reader.at
    met = condition(reader)
    if met and (reader.here("ones", "one") or longest(reader.lexicon.types, reader.tokens, reader.at)):
        met, reader.at = None, start
    if met:
        return (Phrase(said=reader.said(start), type=found.type, everything=True, every=True, condition=met),)
    listed = [phrase(reader, inherited=found)]
    while listed[-1] is not None:
        before = reader.at
        if not reader.accept("and", ",", ", and", "or", "nor", "&") or _verb_follows(reader):
            reader.at = before
            break
        following = phrase(reader, inherited=found)
        if following is None:
            reader.at = before
            break
        listed.append(following)
    return tuple(one for one in listed if one is not None)


def _extreme_after(reader: Reader, found: Phrase) -> Extreme | None:
    """`with the lowest stock`, `that costs the most`, `by price` after `top 3`."""
    start = reader.at
    count = int(found.count.value) if found.count else 1
    reader.accept(
        "with",
        "having",
        "that has",
        "that have",
        "which has",
        "who has",
        "whose",
        "which have",
        "of",
        "has",
        "have",
    )
    reader.accept("the", "our")
    word = reader.word()
    if word in HIGHEST | LOWEST and start != reader.at:
        reader.at += 1
        field = reader.field()
        if field:
            reader.at = field[1]
            return Extreme(field[0], word in HIGHEST, count, reader.said(start))
    reader.at = start
    cost = reader.lexicon.field("cost")
    if cost and reader.accept(
        "that costs the", "that cost the", "which costs the", "which cost the", "costing the"
    ):
        word = reader.word()
        if word in ("most", "least"):
            reader.at += 1
            return Extreme(cost, word == "most", count, reader.said(start))
    reader.at = start
    return None
