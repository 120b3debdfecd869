"""Finds declared words that requests cannot say: they mean something else, or two types."""

from collections.abc import Iterator
from typing import Final

from streamd.core.item_type import ItemTypes
from streamd.language._tokens import key_of
from streamd.language._vocabulary import ALL_WORDS, DETERMINERS, EVERYTHING, FUNCTION_WORDS, PRONOUNS
from streamd.text.plurals import plural_of

_WHOLE: Final = frozenset(map(key_of, (*ALL_WORDS, *EVERYTHING, *PRONOUNS, "nothing", "rest", "ones")))
"""Words for all items, for none, and for those named before."""
_NO_NOUNS: Final = _WHOLE.union(map(key_of, (*DETERMINERS, *FUNCTION_WORDS)))


def doubtful_words(types: ItemTypes) -> Iterator[tuple[str, str]]:
    """Find them: the path of the type or criterion below `item_types`, and what is wrong with its word."""
    owners: dict[str, str] = {}
    for declared in types:
        for word in dict.fromkeys((declared.name, declared.title, *declared.aliases)):
            key = key_of(word)
            path = f"{declared.name}.aliases" if word in declared.aliases else declared.name
            if key in _NO_NOUNS:
                yield (
                    path,
                    f"«{word}» is no noun in requests, which cannot name the type so; choose another word",
                )
                continue
            for form in (key, plural_of(key)):
                other = owners.setdefault(form, declared.name)
                if other != declared.name:
                    yield (
                        path,
                        f"«{form}» means the item type {other} in requests, too; choose another word for one",
                    )
                    break
        for criterion in declared.criteria.values():
            for word in (criterion.name, *criterion.aliases):
                if key_of(word) in _WHOLE:
                    yield (
                        f"{declared.name}.criteria.{criterion.name}",
                        f"«{word}» means something else in requests, which cannot name the criterion so; choose another word",
                    )
