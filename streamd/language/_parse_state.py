"""The course of a request: what has been read of it so far, what was done, answered and forbidden."""

import attrs

from streamd.language._aggregates import Answer
from streamd.language._commands import Before
from streamd.language._imperatives import VerbKind
from streamd.language._syntax_tree import Clause
from streamd.language._token_reader import Reader
from streamd.language._tool_call_builder import Execution
from streamd.language._working_set import Workspace


@attrs.define
class Course:
    """What has been read of a request so far, and what came of it."""

    reader: Reader
    space: Workspace
    execution: Execution
    answers: list[Answer] = attrs.field(factory=list)
    unanswered: list[str] = attrs.field(factory=list)
    """Questions, as they were put, that the items alone do not answer."""
    clauses: list[Clause] = attrs.field(factory=list)
    before: Before | None = None
    forbade: bool = False
    forbidden: set[VerbKind] = attrs.field(factory=set)
    """What nothing at all may be done of: `don't remove anything`."""
    unclear: str = ""
    """The end of a prohibition that could not be explained: nothing may be changed then."""
    courteous: bool = False
    courtesies: int = 0
