"""Ends of sentences."""


def with_full_stop(text: str) -> str:
    """Add a full stop, unless the text ends with a mark."""
    text = text.rstrip().rstrip(",;:\u2013—-").rstrip()
    return text if not text or text.rstrip("\"'”\u2019)]")[-1:] in {".", "!", "?", "…"} else f"{text}."
