"""Capital and small letters at the beginning of a text."""


def capitalised(text: str) -> str:
    """The text with a capital first letter; names that begin small on purpose (`iPhone`) stay."""
    head = text[:2]
    return text if len(head) == 2 and head[1].isupper() else text[:1].upper() + text[1:]


def decapitalised(text: str) -> str:
    """The text as it continues a sentence: its first letter small, unless the word looks like a name or is `I`."""
    first = text.split(" ", 1)[0]
    return (
        text
        if first in ("I", "I'm", "I'd") or first[1:] != first[1:].lower()
        else text[:1].lower() + text[1:]
    )
