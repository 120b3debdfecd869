"""Prohibitions: `don't remove Product A`, `without touching Warehouse B`."""

from typing import Final

from streamd.language._imperatives import CHANGING, VerbKind
from streamd.language._noun_phrases import noun_phrases
from streamd.language._parse_state import ParseState
from streamd.language._rewriting import clause_end, gerund
from streamd.language._syntax_tree import NotUnderstoodError

PROHIBITIONS: Final = (
    "don't", "do not", "never", "no need to", "there is no need to", "there's no need to", "you must not", "must not", "you should not",
    "should not", "shouldn't", "you shouldn't", "avoid", "stop", "refrain from", "we don't want to", "i don't want to", "i do not want to",
    "i don't want you to", "i do not want you to", "under no circumstances", "not to", "you can't", "you cannot", "we must not",
    "we should not", "we shouldn't", "we do not want to", "mustn't", "i'd rather not", "let's not", "let 's not", "i would rather not", "without",
    "i don't", "we don't", "do n't", "not", "please don't", "i'd prefer not to", "we won't", "i won't", "i didn't", "nobody should",
    "no one should", "i wouldn't", "you don't need to", "you do not need to", "you don't have to", "dont", "don t", "cannot", "can't",
    "i refuse to", "i forbid you to", "i never", "we never", "hold off on", "forget about",
)  # fmt: skip


def prohibition(state: ParseState) -> None:
    """Parse a prohibition such as `don't remove Product A`; the rest of the request leaves its items alone, too."""
    reader = state.reader
    state.forbade = True
    reader.accept(
        "ever", "you", "dare", "want", "to", "want to", "want you to", "please", "any longer", "you dare"
    )
    gerund(reader)
    verb = reader.verb()
    end = clause_end(reader)
    if end <= reader.at and (state.builder.steps or verb is None):
        raise reader.refuse("do not …")
    if verb is None:
        if reader.accept("touch", "disturb", "mess with", "forget to", "lose", "include"):
            if reader.tokens[reader.at - 1].norm == "to":
                reader.at = end
                raise reader.refuse()
        elif not _harmless(state, end):
            raise reader.refuse()
    else:
        reader.at += verb[2]
    start = reader.at
    try:
        _forbid(state, verb[1] if verb else CHANGING)
    except NotUnderstoodError:
        reader.at = start
    end = clause_end(reader)
    if reader.at < end:
        state.unclear = reader.surface(reader.at, end)
    reader.at = end


def _forbid(state: ParseState, kinds: frozenset[VerbKind]) -> None:
    reader = state.reader
    targets = noun_phrases(reader)
    reader.skip()
    everything = any((one.everything or one.every) and one.bare_of_conditions for one in targets)
    if everything and not reader.accept("else"):
        state.forbidden |= kinds
    elif targets and not everything and ("add" not in kinds or "set" in kinds):
        state.builder.keep(targets)


def _harmless(state: ParseState, end: int) -> bool:
    return not state.builder.steps or end <= state.reader.at
