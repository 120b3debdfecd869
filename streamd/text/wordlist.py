"""Word lists written as running text."""


def words(text: str) -> frozenset[str]:
    """The words of a text, parted by spaces."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Phrases parted by `|`, each as its words, the longest first."""
    parted = [tuple(phrase.split()) for phrase in text.split("|")]
    return tuple(sorted((phrase for phrase in parted if phrase), key=lambda phrase: -len(phrase)))
