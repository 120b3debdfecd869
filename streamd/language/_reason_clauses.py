"""Skips clauses that give a reason: `Product C is discontinued, delete it`, `… because we do not sell it`."""

from collections.abc import Sequence
from typing import Final

from streamd.core.item import ItemId
from streamd.language._imperatives import CHANGING, VERBS
from streamd.language._item_names import known_name, sharing_first_words
from streamd.language._lexicon import longest
from streamd.language._politeness import FILLERS
from streamd.language._premise_words import STATES, unexplained_in
from streamd.language._quantities import quantity
from streamd.language._rewriting import word_near
from streamd.language._syntax_tree import NameMention, NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token
from streamd.language._vocabulary import STOPS
from streamd.text.wordlist import words

_BUSINESS: Final = words(
    "sell ship receive use make keep need stock order record take have work do store place put rate rank see find list name give"
)
"""Verbs that may occur in a statement about items: `we no longer use Product C`."""
_UNCERTAIN: Final = words(
    "if unless when whenever until till once maybe perhaps might may could would should whether ? suppose imagine except "
    "before after will or"
)
_SUBJECTS: Final = words("it it's they they're we we're i i'm this that these those nobody")
_STATING: Final = words("is are it's they're isn't aren't not don't doesn't no anymore never")
_OF_PIECES: Final = words("of the our my these those units unit pieces piece more")
_PARTLY: Final = words("half most some part third quarter few several many lots")
_CORRECTING_STOCK: Final = frozenset({"set", "change", "update", "correct", "adjust"})
_SINGULAR: Final = words("it its it's")
_PLURAL: Final = words("them they their they're")


def skip_premise(reader: TokenReader) -> tuple[ItemId, ...] | None:
    """Skip a statement before a command about `it` or `them` and return the items it names; None without one."""
    start = reader.at
    first = reader.verb()
    if first and known_name(reader) is None and first[1] & CHANGING:
        return None
    found: list[Sequence[ItemId]] = []
    at, plural = start, False
    last: NameMention | None = None
    pieces: Sequence[Token] = ()
    unclear, explained = "", set[int]()
    while at < len(reader.tokens):
        reader.at = at
        token = reader.tokens[at]
        known = known_name(reader)
        if last and known is None and reader.tokens[at - 1].norm in ("and", ",", "&"):
            shared = sharing_first_words(reader, NounPhrase(names=(last,)))
            if shared:
                found.append(shared.names[0].ids)
                explained.update(range(at, reader.at))
                at = reader.at
                continue
        if known and (known[0].quoted or known[1] > at + 1 or token.kind == "word"):
            found.append(known[0].ids)
            last = known[0]
            if number := _number_before(reader.tokens, start, at):
                explained.update(
                    one for one in range(start, at) if reader.tokens[one].start >= number[0].start
                )
                pieces = [*pieces, *number, word_near("of", token), *reader.tokens[at : known[1]]]
            unclear = unclear or (_place_after(reader, known[1]) if pieces else "")
            explained.update(range(at, known[1]))
            at = known[1]
            continue
        if token.norm in _UNCERTAIN or at - start > 30:
            break
        verb = reader.verb()
        if verb and verb[1] & CHANGING and not set(verb[0].split()) <= _BUSINESS and at > start:
            break
        if token.norm in STOPS | {",", "so", "-", "\u2013", "—", ":"} and found:
            pronoun = _order_about(reader, at + 1)
            if pronoun:
                plural = pronoun in _PLURAL
                ids = [one for ids in found for one in ids]
                if len(set(ids)) > 1 and not plural:
                    reader.at = start
                    raise NotUnderstoodError(
                        "I do not know which of them «it» refers to; name it. Nothing was changed."
                    )
                _check_explained(reader.tokens[start:at], {one - start for one in explained}, unclear)
                if pieces:
                    _order_about_pieces(reader, at + 1, pieces, len(found))
                reader.at = at + 1
                return tuple(dict.fromkeys(ids))
            break
        at += 1
    reader.at = start
    return None


def _check_explained(statement: Sequence[Token], explained: set[int], unclear: str) -> None:
    if unclear := unclear or unexplained_in(statement, explained):
        raise NotUnderstoodError(
            f"I did not understand «{unclear}» there: say it without, or of the whole item. Nothing was changed."
        )


def _number_before(tokens: Sequence[Token], start: int, at: int) -> Sequence[Token]:
    """The number of pieces that stands before a name: the `3` of `3 Barcode Scanners`, the `one` of `one of the Pallet Jacks`."""
    for first in range(at - 1, max(start, at - 5) - 1, -1):
        if tokens[first].norm in ("a", "an", "another") and first == at - 1:
            return [word_near("one", tokens[first])]
        if tokens[first].norm in _PARTLY and all(one.norm in _OF_PIECES for one in tokens[first + 1 : at]):
            return [tokens[first]]
        number = quantity(tokens, first)
        if (
            number
            and number.end <= at
            and all(one.norm in _OF_PIECES | STATES for one in tokens[number.end : at])
        ):
            return tokens[first : number.end]
    return ()


def _place_after(reader: TokenReader, at: int) -> str:
    """The place of `3 Barcode Scanners from Hall 1`: pieces are not counted by place here."""
    if at + 1 >= len(reader.tokens) or reader.tokens[at].norm not in ("in", "from", "at"):
        return ""
    first = at + 1 + (reader.tokens[at + 1].norm == "the")
    place = longest(reader.lexicon.values, reader.tokens, first)
    return reader.surface(at, place[1]) if place else ""


def _order_about_pieces(reader: TokenReader, at: int, pieces: Sequence[Token], names: int) -> None:
    """Make `write them off` after `3 Barcode Scanners came back broken` take three of them from stock. Raises for other commands."""
    reader.at = at
    while reader.verb() is None:
        reader.at += 1
    verb = reader.verb()
    assert verb is not None
    after = reader.at + verb[2]
    if verb[0] in _CORRECTING_STOCK:
        return
    if after + 1 < len(reader.tokens) and f"{verb[0]} {reader.tokens[after + 1].norm}" in VERBS:
        kinds, parted = VERBS[f"{verb[0]} {reader.tokens[after + 1].norm}"], 1  # `throw them away`
    else:
        kinds, parted = verb[1], 0
    end = after + 1 + parted
    rest = reader.tokens[end] if end < len(reader.tokens) else None
    alone = rest is None or rest.norm in STOPS | FILLERS | {",", "and", "then"}
    if (
        names > 1
        or pieces[0].norm in _PARTLY
        or not kinds & {"remove", "lower"}
        or not alone
        or reader.tokens[after].norm not in _SINGULAR | _PLURAL
    ):
        said = " ".join(one.text for one in pieces if one.norm != "of")
        raise NotUnderstoodError(
            f"You said {said}, and I do not know how to «{verb[0]}» a part of what is there: say for example «reduce the stock of … "
            "by …», or name the item without a number. Nothing was changed."
        )
    reader.tokens = [
        *reader.tokens[: reader.at], word_near("use", pieces[0]), *pieces, *reader.tokens[end:],
    ]  # fmt: skip


def _order_about(reader: TokenReader, at: int) -> str:
    """The pronoun of the command that begins there; empty without one."""
    while at < len(reader.tokens) and reader.tokens[at].norm in {*FILLERS, "so", "and", "then", ",", "therefore", "you", "can", "could",
                                                                  "let's", "let", "'s", "we", "should", "i", "want", "to", "go", "ahead",
                                                                  "kindly", "hence", "need", "must"}:  # fmt: skip
        at += 1
    reader.at = at
    verb = reader.verb()
    if not verb or not verb[1] & CHANGING:
        return ""
    at += verb[2]
    while at < len(reader.tokens) and reader.tokens[at].norm not in STOPS | {","}:
        if reader.tokens[at].norm in _SINGULAR | _PLURAL:
            return reader.tokens[at].norm
        reader.at = at
        if known_name(reader):
            return ""
        at += 1
    return ""


def reason(reader: TokenReader) -> bool:
    """Skip a reason such as `because it is discontinued` or `since we do not sell it any more`."""
    if reader.word() not in ("because", "since", "as", "cause", "cos"):
        return False
    end = reader.at + 1
    norms = {token.norm for token in reader.tokens[end : end + 12]}
    # `since yesterday` and `since we moved` are conditions on items, not reasons
    if reader.word(1) not in _SUBJECTS or not (reader.word() == "because" or norms & _STATING):
        return False
    while end < len(reader.tokens) and reader.tokens[end].norm not in STOPS | {","}:
        reader_at, reader.at = reader.at, end
        verb = reader.verb()
        reader.at = reader_at
        if reader.tokens[end].norm in _UNCERTAIN | {"but", "and", "then"} or (
            verb and verb[1] & CHANGING and not set(verb[0].split()) <= _BUSINESS
        ):
            return False
        end += 1
    reader.at = end
    return True
