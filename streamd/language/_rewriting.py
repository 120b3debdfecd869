"""Rewrites clauses into the word order that the grammar expects: `Product A should be removed` → `remove Product A`."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.language._conditions import condition
from streamd.language._imperatives import GERUNDS, PARTICIPLES, VERBS
from streamd.language._lexicon import longest
from streamd.language._noun_phrases import noun_phrases
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token
from streamd.language._vocabulary import STOPS

_PARTED_BY: Final = frozenset({"it", "them", "these", "those", "this", "that", "both", "all"})
_PARTED: Final = frozenset(verb.split(" ")[0] for verb in VERBS if " " in verb)
_MODALS: Final = ("should be", "must be", "needs to be", "has to be", "have to be", "need to be", "is to be", "are to be", "ought to be",
                  "shall be", "can be", "will be", "to be", "should get", "must get", "needs", "need", "should have", "must have",
                  "should read", "must read", "should go", "must go", "needs to go", "has to go", "have to go", "need to go", "can go", "should become", "should")  # fmt: skip


def sentence_end(reader: TokenReader) -> int:
    """The index at which the sentence ends."""
    at = reader.at
    tokens = reader.tokens
    while at < len(tokens) and tokens[at].norm not in STOPS:
        at += 1
    return at


def clause_end(reader: TokenReader) -> int:
    """The index at which the clause ends: a comma, full stop, `but`, `just`, or `and` with a verb."""
    at, back = reader.at, reader.at
    while at < len(reader.tokens):
        norm = reader.tokens[at].norm
        if norm in STOPS or norm in (",", "but", "just", "only", "instead", ";"):
            break
        if norm in ("and", "then"):
            reader.at = at + 1
            reader.skip()
            if reader.verb():
                break
        at += 1
    reader.at = back
    return at


def gerund(reader: TokenReader) -> None:
    """Replace a gerund by its imperative: `removing Product A` → `remove Product A`."""
    at = reader.at
    gerund = reader.accept_from(GERUNDS, 3)
    if gerund:
        first = reader.tokens[at]
        verb = GERUNDS[gerund].split(" ")
        tokens = [attrs.evolve(first, norm=part, kind="word") for part in verb]
        reader.tokens = [*reader.tokens[:at], *tokens, *reader.tokens[reader.at :]]
        reader.at = at


def particles_joined(tokens: Sequence[Token], names: Mapping[str, object]) -> Sequence[Token]:
    """Join phrasal verbs that are split by a pronoun or name: `top them up` → `top up them`."""
    joined = list(tokens)
    for at in range(len(joined) - 2):
        first = joined[at]
        if first.norm not in _PARTED:
            continue
        name = longest(names, joined, at + 1)
        end = name[1] if name else at + 2
        if end >= len(joined):
            continue
        last = joined[end]
        if (
            (name or joined[at + 1].norm in _PARTED_BY)
            and first.norm not in VERBS
            and f"{first.norm} {last.norm}" in VERBS
            and "quoted" not in (first.kind, last.kind)
        ):
            joined[at + 1 : end + 1] = [last, *joined[at + 1 : end]]
    return joined


def rewritten(reader: TokenReader) -> bool:
    """Rewrite a modal sentence as a command: `Product A should be removed` → `remove Product A`."""
    start, end = reader.at, clause_end(reader)
    if fronted(reader, start):
        return True
    for at in range(start + 1, end):
        reader.at = at
        modal = reader.accept(*_MODALS)
        participle_at = reader.at
        participle = reader.accept_from(PARTICIPLES, 3)
        if not (modal or participle):
            continue
        subject, rest = list(reader.tokens[start:at]), list(reader.tokens[reader.at : len(reader.tokens)])
        if modal.endswith("go"):
            new = [word_near("remove", subject[0]), *subject, *rest]
        elif participle and (modal or reader.at >= end or participle in ("removed", "deleted", "gone")):
            verb = [word_near(part, subject[0]) for part in PARTICIPLES[participle].split(" ")]
            new = [*verb, *subject, *rest]
        elif modal in (
            "should be",
            "must be",
            "needs to be",
            "has to be",
            "have to be",
            "need to be",
            "ought to be",
            "shall be",
            "to be",
            "should become",
            "should read",
            "must read",
        ):
            new = [
                word_near("set", subject[0]),
                *subject,
                word_near("to", subject[0]),
                *reader.tokens[participle_at:],
            ]
        elif modal in ("should have", "must have", "should get", "must get"):
            new = [
                word_near("set", subject[0]),
                *subject,
                word_near("to", subject[0]),
                word_near("have", subject[0]),
                *rest,
            ]
        else:
            continue
        reader.tokens = [*reader.tokens[:start], *new]
        reader.at = start
        return True
    reader.at = start
    return False


def fronted(reader: TokenReader, start: int) -> bool:
    """Move a fronted phrase behind the verb: `for all items in Warehouse A, set …`, `in Warehouse A, remove …`."""
    if reader.word() not in ("for", "in", "from", "at"):
        return False
    try:
        reader.at += reader.word() == "for"
        found = bool(noun_phrases(reader)) if reader.at > start else condition(reader) is not None
    except NotUnderstoodError:
        found = False
    middle = reader.at
    comma = bool(reader.accept(","))
    reader.skip()
    first = reader.at
    if not found or reader.verb() is None:
        reader.at = start
        return False
    end = clause_end(reader)
    front = reader.tokens[start:middle]
    if not comma and reader.tokens[start].norm != "for":
        reader.at = start
        return False
    reader.tokens = [*reader.tokens[:start], *reader.tokens[first:end], *front, *reader.tokens[end:]]
    reader.at = start
    return True


def word_near(text: str, near: Token) -> Token:
    """A token that is inserted at the position of another one."""
    return Token(text, text, "word", near.start, near.start)
