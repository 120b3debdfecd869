"""Singular and plural of English nouns, and numbers with their nouns."""

from streamd.text.figures import words


def plural_of(noun: str) -> str:
    """The plural of a noun, of several words that of the last: supplier → suppliers, category → categories, box → boxes."""
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def singular_of(noun: str) -> str:
    """The singular by its ending: batteries → battery, products → product. Words of three letters stay (`gas`, `bus`).

    A form to compare words by: `boxes` becomes `boxe`, as only a dictionary knows that it is not like `axes`.
    """
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") and len(noun) > 3 else noun


def counted(count: float, noun: str) -> str:
    """Format a number with its noun: `1 day`, `4.5 days`, `1,250 items`."""
    number = words(count)
    return f"{number} {noun if number == '1' else plural_of(noun)}"
