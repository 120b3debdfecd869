"""Structured requests: commands in `context`, which override the text and are never guessed."""

from collections.abc import Mapping
from typing import Final

from streamd.core.item import ItemId
from streamd.core.tool_calls import ChangeItems, Problem, RemoveItems
from streamd.errors import NotFoundError
from streamd.language._bulk_requests import ADDING, CHANGING_WORDS, MOST, REMOVING, bulk, verb_of
from streamd.language._item_creation import names_for
from streamd.language._predicates import MeetsCriterion
from streamd.language._request_entries import edit_of, fields_of, item_referred_to, new_item
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import key_of
from streamd.language._tool_call_builder import ToolCallBuilder
from streamd.language._working_set import WorkingSet
from streamd.text.letter_case import capitalised
from streamd.text.wordlist import words

_KNOWN: Final = ADDING | REMOVING | CHANGING_WORDS
_ABOUT: Final = ("item_id", "item_ids", "item_name", "criteria", "criterion")
_IN_WORDS: Final = words(
    "list show count find search query get read ask answer analyze analyse forecast help chat message request prompt none "
    "report summarize text view recommend compare predict plan evaluate"
)
"""Actions that change nothing by themselves: the text says what is wanted."""


def is_structured(context: Mapping[str, object]) -> bool:
    """Whether the context alone is the request, so that the text need not be parsed."""
    given = _given_verb(context)
    if given:
        whole = "operation" in context and _entries_given(context) is not None
        return whole or verb_of(given) not in _IN_WORDS
    return _names_new(context)


def structured(context: Mapping[str, object], builder: ToolCallBuilder) -> tuple[Problem, ...] | None:
    """Apply the command of the context; None without one, else the entries that were left out."""
    given = _given_verb(context)
    if given:
        verb = verb_of(given)
        entries = _entries_given(context)
        if entries is not None and (verb in _KNOWN or "operation" in context):
            return bulk(given, entries, context, builder)
        if verb in REMOVING:
            return _remove(context, builder)
        if verb in ADDING:
            return _add(context, builder)
        if verb in CHANGING_WORDS:
            return _change(context, builder)
        if verb in _IN_WORDS:
            return None
        raise NotUnderstoodError(no_such_action(context))
    return _add(context, builder) if _names_new(context) else None


def _given_verb(context: Mapping[str, object]) -> str:
    """The operation or action as given; empty when there is none."""
    given = (context.get(key) for key in ("operation", "action"))
    return next((one for one in given if isinstance(one, str) and verb_of(one)), "")


def _names_new(context: Mapping[str, object]) -> bool:
    """Whether a type with a number or a name implies new items, without any action."""
    given = context.get("count") is not None or bool(context.get("item_name"))
    return given and isinstance(context.get("item_type"), str)


def _entries_given(context: Mapping[str, object]) -> object:
    """The entries of an action; None when the context names its items in another way."""
    if "operation" in context and "items" in context:
        return context["items"] if context["items"] is not None else ()
    if any(context.get(key) for key in (*_ABOUT, "id", "name")):
        return None
    if "items" in context:
        return context["items"]
    one = context.get("item")
    return [one] if one is not None and context.get("count") in (None, 1) else None


def no_such_action(context: Mapping[str, object]) -> str:
    """The refusal of an unknown action in a request without text; empty without an action."""
    given = context.get("action", context.get("operation"))
    if not isinstance(given, str):
        return ""
    return (
        f"I do not know what «{given[:80]}» shall do here; give an action (add, remove, update) with item_type, item_id or "
        "criteria, or an operation (add_multiple, remove_multiple, update_multiple) with items. Nothing was changed."
    )


def types_of(context: Mapping[str, object], working: WorkingSet) -> tuple[str, ...]:
    """The item types of a structured request: the given one, those of its criterion or item, else the default."""
    kind = context.get("item_type", context.get("type"))
    if isinstance(kind, str) and kind:
        word = working.lexicon.types.get(key_of(kind))
        return (word.type if word else kind,)
    given = context.get("item_id", context.get("id"))
    if isinstance(given, str) and ItemId(given) in working.fields:
        return (working.type_of(ItemId(given)),)
    criterion = context.get("criteria", context.get("criterion"))
    if isinstance(criterion, str) and (found := working.lexicon.criteria.get(key_of(criterion))):
        return tuple(found)[:1]
    asked = {"action", "operation", "item_id", "item_ids", "criteria", "criterion", "count"} & context.keys()
    return (working.lexicon.default_type,) if asked and working.lexicon.default_type else ()


def _add(context: Mapping[str, object], builder: ToolCallBuilder) -> tuple[Problem, ...] | None:
    fields = fields_of(context)
    inner = fields.pop("type", None), fields.pop("item_type", None)
    usual = next((one for one in inner if one), builder.working.lexicon.default_type)
    item_type = context.get("item_type", context.get("type", usual))
    if not isinstance(item_type, str) or not item_type:
        raise NotUnderstoodError("item_type must be the name of an item type. Nothing was changed.")
    word = builder.working.lexicon.types.get(key_of(item_type))
    kind = word.type if word else item_type
    count = count_of(context)
    name = context.get("item_name", context.get("name", fields.pop("name", None)))
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise NotUnderstoodError("item_name must be text. Nothing was changed.")
    names = names_for(builder.working, kind, count, (name,) if isinstance(name, str) else ())
    ids = tuple(new_item(builder, {"type": kind, "name": one, **fields}) for one in names)
    builder.steps.append(ids)
    return ()


def count_of(context: Mapping[str, object]) -> int:
    """The number of items to add, by default one."""
    count = context.get("count", 1)
    if isinstance(count, str) and count.strip().isdigit():
        count = int(count)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise NotUnderstoodError("count must be a whole number of at least 1. Nothing was changed.")
    if count > MOST:
        raise NotUnderstoodError(
            f"At most {MOST:,} items can be added at once, not {count:,}. Nothing was changed."
        )
    return count


def _remove(context: Mapping[str, object], builder: ToolCallBuilder) -> tuple[Problem, ...]:
    working = builder.working
    single = next((context[key] for key in ("item_id", "id", "item_name", "name") if context.get(key)), None)
    if single is not None:
        item_id = item_referred_to(builder, single)
        builder.steps.append(
            RemoveItems((item_id,), "requested by id" if item_id == single else "requested by name")
        )
        return ()
    many = context.get("item_ids", context.get("ids"))
    if isinstance(many, list):
        if not many:
            raise NotUnderstoodError("item_ids is empty: there is nothing to remove. Nothing was changed.")
        builder.steps.append(
            RemoveItems(
                tuple(dict.fromkeys(item_referred_to(builder, one) for one in many)), "requested by id"
            )
        )
        return ()
    criterion = context.get("criteria", context.get("criterion"))
    if not isinstance(criterion, str):
        raise NotUnderstoodError("Removing needs an item_id or criteria. Nothing was changed.")
    kind = context.get("item_type")
    found = working.lexicon.criteria.get(key_of(criterion))
    name = next(iter(found.values())) if found else criterion
    try:
        criteria = working.types.criterion(name, {kind} if isinstance(kind, str) else None)
    except NotFoundError as error:
        raise NotUnderstoodError(f"{capitalised(error.message)}. Nothing was changed.") from error
    meets = MeetsCriterion(dict.fromkeys(criteria, name), name.replace("_", " "))
    ids = tuple(one for one, fields in working.fields.items() if meets.holds(fields, working.types))
    if ids:
        builder.steps.append(RemoveItems(ids, meets.surface))
    else:
        working.notes.append(f"No item is {meets.surface}, so nothing was removed.")
    return ()


def _change(context: Mapping[str, object], builder: ToolCallBuilder) -> tuple[Problem, ...]:
    given = next((context[key] for key in ("item_id", "id", "item_name") if context.get(key)), None)
    nested = next(
        (
            context[key]
            for key in ("fields", "data", "changes", "updates", "set")
            if isinstance(context.get(key), Mapping)
        ),
        None,
    )
    if not isinstance(nested, Mapping):
        raise NotUnderstoodError("A change needs `fields`. Nothing was changed.")
    edit = edit_of(builder, item_referred_to(builder, given), nested)
    builder.steps.append(ChangeItems((edit,)))
    return ()
