"""Figures of each group: `total stock per supplier`, `how many items per location`."""

from collections.abc import Callable, Sequence

from streamd.core.item import ItemId
from streamd.core.tool_calls import Action
from streamd.language._question import Question
from streamd.language._question_answer import QuestionAnswer
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._working_set import WorkingSet

_MOST_GROUPS = 50


def all_grouped(working: WorkingSet, asked: Question) -> list[ItemId]:
    """All items that a question about groups can be about where it names no others: those of the usual type, if it has the field."""
    default = working.lexicon.default_type
    if all(default in field for field, _ in asked.groups):
        return working.fields.of_type(default)
    return list(working.fields)


def grouped(
    working: WorkingSet,
    asked: Question,
    ids: Sequence[ItemId],
    lead: str,
    action: Action,
    figure: Callable[[Sequence[ItemId]], str],
) -> QuestionAnswer:
    """Tell a figure for each value of a field; items without a value are a group of their own. Raises for several fields."""
    if len(asked.groups) > 1:
        raise NotUnderstoodError(
            f"Ask for one group at a time: «{asked.groups[0][1]}» or «{asked.groups[1][1]}»."
        )
    field, surface = asked.groups[0]
    groups: dict[str, list[ItemId]] = {}
    for one in ids:
        name = field.get(working.type_of(one))
        if name is not None:
            groups.setdefault(str(working.fields[one].get(name) or ""), []).append(one)
    told = [
        f"{value or 'none'}: {figure(groups[value])}"
        for value in sorted(groups, key=lambda value: (not value, value.casefold()))[:_MOST_GROUPS]
    ]
    more = f"; and {len(groups) - len(told):,} more" if len(groups) > len(told) else ""
    matched = tuple(one for some in groups.values() for one in some)
    return QuestionAnswer(f"{lead} {surface}: {'; '.join(told) or 'none'}{more}.", action, matched)
