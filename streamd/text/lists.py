"""Lists within sentences: `A, B and C`."""

from collections.abc import Sequence


def listed(parts: Sequence[str], last: str = "and") -> str:
    """All parts, the final one joined by `last`: `a, b and c`."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def listing(names: Sequence[str], *, at_most: int = 3) -> str:
    """The first names, and how many more there are: `A, B and C`, or `A, B, C and 4 more`."""
    if len(names) <= at_most:
        return listed(names)
    return f"{', '.join(names[:at_most])} and {len(names) - at_most:,} more"
