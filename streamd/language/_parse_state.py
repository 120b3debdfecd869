"""The state of parsing one request: the commands and questions found so far, and what the request forbids."""

import attrs

from streamd.facts import define
from streamd.language._commands import PreviousCommand
from streamd.language._imperatives import VerbKind
from streamd.language._question_answer import QuestionAnswer
from streamd.language._syntax_tree import Clause
from streamd.language._token_reader import TokenReader
from streamd.language._tool_call_builder import ToolCallBuilder
from streamd.language._working_set import WorkingSet


@define
class ParseState:
    """The intermediate results of the parser of one request."""

    reader: TokenReader
    working: WorkingSet
    builder: ToolCallBuilder
    answers: list[QuestionAnswer] = attrs.field(factory=list)
    unanswered: list[str] = attrs.field(factory=list)
    """The texts of questions that the items alone do not answer."""
    clauses: list[Clause] = attrs.field(factory=list)
    previous: PreviousCommand | None = None
    forbade: bool = False
    forbidden: set[VerbKind] = attrs.field(factory=set)
    """Kinds of command that the request forbids altogether: `don't remove anything`."""
    unclear: str = ""
    """The end of a prohibition that the grammar does not cover: nothing may be changed then."""
    polite_prefixes: int = 0
    set_field: str = ""
    """The field that the last command set, as written; empty after any other command."""
    clause_start: int = 0
    """The index of the token at which the clause being parsed begins, with its connectors."""
