"""The English that does not depend on item types: verbs, comparisons, courtesies and the small words between."""

from collections.abc import Mapping
from typing import Final, Literal

VerbKind = Literal[
    "add", "remove", "set", "raise", "lower", "times", "rename", "move", "assign", "mark", "restock", "clear",
    "keep", "show", "count", "analyze", "forecast", "help",
]  # fmt: skip

_VERBS: Final[Mapping[VerbKind, str]] = {
    "add": "add create make insert register introduce generate enter record onboard include put append log file "
    "set-up bring-in sign-up",
    "remove": "remove delete drop erase discard purge eliminate destroy scrap bin trash ditch dump nuke wipe cut "
    "get-rid-of throw-away throw-out take-out take-off clear-out clear-away dispose-of do-away-with kick-out "
    "throw weed-out wipe-out strip-out clean-out clean-up axe retire rm del deregister unregister take kill obliterate "
    "expunge sweep-out delist",
    "set": "set change update make adjust modify edit put alter amend correct fix revise give",
    "raise": "increase raise boost bump bump-up grow lift increment up add put-up step-up push-up gain",
    "lower": "decrease reduce lower cut drop decrement subtract deduct shrink cut-down cut-back bring-down take "
    "remove withdraw trim slash consume use use-up knock mark-down",
    "times": "double triple treble quadruple halve multiply divide",
    "rename": "rename retitle call rebrand",
    "move": "move transfer relocate shift bring send ship put store place",
    "assign": "use appoint switch assign reassign change move transfer swap give",
    "mark": "mark flag tag label classify categorize categorise",
    "restock": "restock refill replenish top-up fill-up fill stock-up reorder",
    "clear": "zero-out zero clear unset blank blank-out reset empty erase wipe remove delete drop",
    "keep": "keep leave spare retain preserve",
    "show": "show list display print view see find get give tell look-up look-at search-for search look-for fetch "
    "enumerate name read describe report summarize summarise check present identify highlight pull-up "
    "tell-me-about give-me bring-up outline compare sort",
    "count": "count tally",
    "analyze": "analyze analyse assess evaluate review rank rate audit examine inspect investigate recommend",
    "forecast": "forecast predict project estimate extrapolate anticipate",
    "help": "help",
}
VERBS: Final[Mapping[str, frozenset[VerbKind]]] = {
    verb.replace("-", " "): frozenset(kind for kind, words in _VERBS.items() if verb in words.split())
    for words in _VERBS.values()
    for verb in words.split()
}
"""Each imperative and every kind of action it can stand for; what follows it decides."""

CHANGING: Final[frozenset[VerbKind]] = frozenset(
    {
        "add",
        "remove",
        "set",
        "raise",
        "lower",
        "times",
        "rename",
        "move",
        "assign",
        "mark",
        "restock",
        "clear",
        "keep",
    }
)
FACTORS: Final[Mapping[str, float]] = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4, "halve": 0.5}

_IRREGULAR: Final[Mapping[str, tuple[str, str]]] = {
    "get": ("getting", "got"), "set": ("setting", "set"), "put": ("putting", "put"), "cut": ("cutting", "cut"),
    "make": ("making", "made"), "take": ("taking", "taken"), "throw": ("throwing", "thrown"),
    "drop": ("dropping", "dropped"), "do": ("doing", "done"), "bring": ("bringing", "brought"),
    "give": ("giving", "given"), "keep": ("keeping", "kept"), "leave": ("leaving", "left"),
    "swap": ("swapping", "swapped"), "trim": ("trimming", "trimmed"), "scrap": ("scrapping", "scrapped"),
    "bin": ("binning", "binned"), "ship": ("shipping", "shipped"), "grow": ("growing", "grown"),
    "bump": ("bumping", "bumped"), "weed": ("weeding", "weeded"), "send": ("sending", "sent"),
    "strip": ("stripping", "stripped"), "up": ("upping", "upped"), "del": ("deleting", "deleted"),
    "list": ("listing", "listed"), "top": ("topping", "topped"), "transfer": ("transferring", "transferred"),
    "refer": ("referring", "referred"), "see": ("seeing", "seen"), "find": ("finding", "found"),
    "tag": ("tagging", "tagged"), "log": ("logging", "logged"), "reset": ("resetting", "reset"),
    "step": ("stepping", "stepped"), "forecast": ("forecasting", "forecast"), "wipe": ("wiping", "wiped"),
    "sweep": ("sweeping", "swept"), "tell": ("telling", "told"), "read": ("reading", "read"),
}  # fmt: skip


def _forms(verb: str) -> tuple[str, str]:
    first, _, rest = verb.partition(" ")
    if first in _IRREGULAR:
        gerund, participle = _IRREGULAR[first]
    elif first.endswith("e"):
        gerund, participle = first[:-1] + "ing", first + "d"
    elif first.endswith("y") and first[-2] not in "aeiou":
        gerund, participle = first + "ing", first[:-1] + "ied"
    else:
        gerund, participle = first + "ing", first + "ed"
    return f"{gerund} {rest}".strip(), f"{participle} {rest}".strip()


GERUNDS: Final[Mapping[str, str]] = {_forms(verb)[0]: verb for verb in VERBS}
PARTICIPLES: Final[Mapping[str, str]] = {_forms(verb)[1]: verb for verb in VERBS} | {
    "gone": "remove", "out": "remove", "changed": "set", "disposed of": "dispose of", "deleted": "delete",
}  # fmt: skip

COURTESIES: Final = tuple(
    tuple(phrase.split())
    for phrase in sorted(
        """please|kindly|could you|can you|would you|will you|could you please|can you please|would you please
i would like to|i'd like to|i want to|i want you to|i need to|i need you to|we need to|we want to|we should|we must
we have to|we'd like to|we would like to|i'd like you to|i would like you to|let's|let 's|let us|go ahead and|go and
make sure to|be sure to|try to|help me|help me to|it 's time to|it's time to|time to|you should|you can|you must
you need to|feel free to|would you mind|do you mind|could you kindly|do me a favor and|do me a favour and|hi|hello|hey
hi there|hello there|hey there|good morning|good afternoon|good evening|dear|ok|okay|so|well|alright|all right|right
quickly|simply|just|now|then|also|next|finally|first|first of all|and then|after that|afterwards|i should
secondly|lastly|in addition|additionally|i was wondering if you could|do you think you could|i'd appreciate it if you could
i would appreciate it if you could|it would be great if you could|it would be nice if you could|my boss wants me to
i have to|i must|i've got to|we've got to|i'd love to|i'd love you to|i wish to|i'd prefer to|we ought to|i ought to
i am going to|i'm going to|we're going to|we are going to|we will|we'll|i'll|i will|you may|as well|immediately|today
yes|sure|great|thanks|thank you|actually|there|everyone|team|streamd|assistant|i think we should|i guess we should
i'm here to|i am trying to|i'm trying to|we're trying to|if you could|if possible|if you can|if you would|if you don't mind
would it be ok to|would you be so kind as to|be so kind as to|mind|start by|begin by|and also|but|instead|rather
it is time to|at once|right now|right away|straight away|perhaps|maybe|at this point|for now|once more|again
what i want is to|what i need is to|all i want is to|your task is to|your job is to|the task is to|proceed to
a favor|this is urgent|urgent|asap|i'd like|i would like|i want|i need|we need|we want|we'd like|we would like
give me|get me|i could use|we could use|bring me|hook me up with|new""".replace("\n", "|").split("|"),
        key=lambda phrase: -len(phrase.split()),
    )
    if phrase
)
"""Polite and wordy beginnings that change nothing about what is asked. Longest first."""

WISHES: Final = frozenset(
    tuple(phrase.split())
    for phrase in ["i'd like", "i would like", "i want", "i need", "we need", "we want", "we'd like", "we would like", "give me", "get me", "i could use", "we could use", "bring me", "hook me up with", "new"]
)
"""Beginnings after which a thing stands instead of a verb: «I want 3 more suppliers»."""

FILLERS: Final = frozenset(
    [
        "only", "please", "kindly", "just", "now", "also", "too", "immediately", "currently", "again", "still", "already", "simply", "quickly", "right", "pls", "plz", "thx", "thanks", "today", "asap", "really", "actually", "basically", "instead", "altogether", "entirely", "completely", "permanently"]
)
FILLER_PHRASES: Final = tuple(
    tuple(phrase.split())
    for phrase in ["thank you", "right away", "right now", "at once", "as well", "for me", "for us", "straight away", "as soon as possible", "if you can", "if possible", "if you could", "at the moment", "by the way", "of course", "for good", "once and for all", "for now", "in total", "from the system", "in the system", "to the system", "from the list", "to the list", "from the database", "to the database", "in the database", "from the inventory", "to the inventory", "from our inventory", "to our inventory", "from my inventory", "to my inventory", "from inventory", "to inventory", "in the inventory", "in inventory", "in our inventory", "from the catalog", "to the catalog", "to the canvas", "from the canvas", "on the canvas", "from the workspace", "to the workspace", "in the workspace", "from our system", "from our list", "to our list", "to our system", "into the system", "into the inventory", "from here", "to the board", "from the board", "no longer needed", "at this time", "with immediate effect", "that we have", "we have", "that i have", "i have", "we 've got", "we've got", "that exist", "there are", "there is", "from stock", "from the stock", "to the stock list", "would you", "will you", "could you", "i beg you", "this time", "on my behalf", "from our records", "from the records", "from the supplier list", "to the supplier list", "from our suppliers", "to our suppliers", "to our supplier list", "from our supplier list", "to the suppliers"]
)

DETERMINERS: Final = frozenset(
    ["the", "a", "an", "my", "our", "your", "these", "those", "this", "that", "its", "their", "his", "her", "whole", "entire", "existing", "current", "present", "said"]
)
ALL_WORDS: Final = ("all of", "every single", "each and every", "each of", "every one of", "any of", "all", "every",
                    "each", "any", "both of", "both", "whatever", "the whole", "the entire")  # fmt: skip
EVERYTHING: Final = ("everything", "anything", "all of it", "the whole lot", "the lot", "all of them")
PRONOUNS: Final = (
    "it",
    "them",
    "they",
    "this one",
    "that one",
    "these ones",
    "those ones",
    "the same",
    "the latter",
)
NEW_WORDS: Final = frozenset(
    ["new", "more", "another", "additional", "extra", "further", "fresh", "blank", "other", "brand", "different"]
)
EXCEPT: Final = (
    "except for", "except", "excepting", "excluding", "other than", "apart from", "aside from", "but not", "and not",
    "but keep", "and keep", "keeping", "but leave", "besides", "save for", "not including", "leaving out", "with the exception of",
    "barring", "but spare", "not counting", "but", "without touching",
)  # fmt: skip

COMPARATORS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ["less than", "fewer than", "below", "under", "lower than", "smaller than", "beneath", "<", "shorter than", "worse than", "underneath", "not even"], "<"),
    **dict.fromkeys(
        ["more than", "greater than", "above", "over", "higher than", "larger than", "bigger than", "exceeding", "in excess of", ">", "exceeds", "exceed", "longer than", "better than", "beyond", "upwards of"], ">"),
    **dict.fromkeys(
        ["at most", "no more than", "not more than", "up to", "maximum of", "a maximum of", "<=", "≤", "not above", "not over", "less than or equal to", "not exceeding", "not higher than", "at or below", "at or under", "below or at", "below or equal to", "equal to or below", "at or less than", "not more"], "<="),
    **dict.fromkeys(
        ["at least", "no less than", "not less than", "no fewer than", "not fewer than", "minimum of", "a minimum of", ">=", "≥", "not below", "not under", "greater than or equal to", "more than or equal to", "not lower than", "at or above", "at or over", "above or at", "above or equal to"], ">="),
    **dict.fromkeys(["exactly", "equal to", "equals", "equalling", "=", "==", "precisely"], "=="),
    **dict.fromkeys(["!=", "not equal to", "other than", "different from", "≠"], "!="),
}  # fmt: skip
INVERSE: Final[Mapping[str, str]] = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}

EXTREMES: Final[Mapping[str, tuple[str, bool]]] = {
    "cheapest": ("cost", False), "least expensive": ("cost", False), "lowest priced": ("cost", False),
    "lowest cost": ("cost", False), "most affordable": ("cost", False), "least costly": ("cost", False),
    "most expensive": ("cost", True), "priciest": ("cost", True), "costliest": ("cost", True),
    "dearest": ("cost", True), "most costly": ("cost", True), "highest priced": ("cost", True),
    "most reliable": ("reliability", True), "least reliable": ("reliability", False),
    "most unreliable": ("reliability", False), "most dependable": ("reliability", True),
    "best": ("reliability", True), "worst": ("reliability", False), "best performing": ("reliability", True),
    "worst performing": ("reliability", False), "best rated": ("reliability", True), "top rated": ("reliability", True),
    "riskiest": ("reliability", False), "top performing": ("reliability", True), "top": ("reliability", True),
    "fastest": ("delivery time", False), "quickest": ("delivery time", False), "slowest": ("delivery time", True),
    "most stocked": ("stock", True), "least stocked": ("stock", False), "best stocked": ("stock", True),
    "emptiest": ("stock", False), "fullest": ("stock", True),
    "oldest": ("#", False), "newest": ("#", True), "latest": ("#", True), "most recent": ("#", True),
    "first": ("#", False), "last": ("#", True), "most recently added": ("#", True),
}  # fmt: skip
HIGHEST: Final = frozenset(["highest", "most", "greatest", "largest", "biggest", "maximum", "longest", "best"])
LOWEST: Final = frozenset(["lowest", "least", "fewest", "smallest", "shortest", "minimum", "worst"])

FUNCTION_WORDS: Final = frozenset(
    ["a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "without", "and", "or", "not", "no", "nor", "but", "as", "is", "are", "was", "were", "be", "been", "being", "it", "its", "they", "them", "their", "this", "that", "these", "those", "which", "who", "whose", "whom", "what", "where", "when", "how", "all", "any", "each", "every", "both", "some", "if", "than", "then", "so", "do", "does", "did", "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "never", "have", "has", "had", "having", "can", "could", "would", "will", "shall", "should", "may", "might", "must", "me", "my", "our", "us", "we", "i", "you", "your", "out", "up", "down", "off", "into", "onto", "there", "here", "'s", "s", "except", "neither", "either", "only", "one", "ones", "more", "less", "most", "least", "same", "other", "others", "such", "per", "via", "until", "till", "unless", "while", "after", "before", "because", "since", "within", "during", "about", "around", "again", "stop", "start"]
)
GRAMMAR_WORDS: Final = frozenset(
    (
    "across additional alone along analysis analytics anomalies anomaly apiece assessment assuming "
    "available avoid badly become becomes begin beginning begins belonging billion bound bucks build "
    "bunch capabilities carried carrier category cent charge cheaper circumstances classed combined come "
    "comes coming commands comparison considered contain containing contains costlier couple critical "
    "current dearer deemed delivered delivers delivery demands destination destined disturb dont dozen "
    "dozens drops eight eighteen eighty eleven ending ends entitled evaluation ever existence extra "
    "factor falls fell field fields fifteen fifty finally five forbid forecasts forty four fourteen "
    "francs full further going hand handful headed health held high hundred imagine includes info initial "
    "inside insights integer known lack lacking lacks limit living location lose lying manufactured many "
    "mean mess million minus missing mitigate mitigation much multiple namely names needs negative nine "
    "nineteen ninety none null obtained opening optimise optimize origin originating ought outlook "
    "overall overview pair performance plus poorly possible prediction predictions prefer pricier procure "
    "procurement produced product products projection projections provided provides purchased quid quoted "
    "range recommendation recommendations records refrain refuse reliability remaining residing risky "
    "saying says seasonality seasons selling sells seven seventeen seventy several sitting situated "
    "sixteen sixty sourced specified stands starting starts stationed status stockout stockouts strategy "
    "supplier suppliers suppose think thirteen thirty thousand three title together touch turnover twelve "
    "twenty type unchanged undefined unknown untouched upto valued various vendor vendors well whatever "
    "wondering word "
    ).split()
)
"""Further words that the grammar itself uses, and that are therefore never misspelt other words."""
COMMON_WORDS: Final = frozenset(
    ["later", "today", "tomorrow", "yesterday", "week", "weeks", "month", "months", "year", "years", "quarter", "day", "days", "hour", "hours", "morning", "night", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "time", "times", "soon", "never", "always", "often", "once", "twice", "maybe", "thing", "things", "stuff", "people", "person", "team", "boss", "customer", "customers", "work", "working", "old", "new", "big", "small", "red", "blue", "green", "black", "white", "light", "heavy", "good", "bad", "best", "better", "worse", "worst", "first", "last", "next", "thank", "hello", "help", "need", "want", "like", "love", "hate", "wish", "please", "could", "should", "would", "might", "because", "while", "until", "unless", "when", "whenever", "there", "their", "where", "these", "those", "other", "another", "every", "everything", "nothing", "something", "anything", "everyone", "someone", "nobody", "somebody", "only", "even", "still", "also", "name", "named", "called", "titled", "lost", "loses", "close", "closed", "clothes", "form", "forms", "paper", "large", "larger", "total", "totals", "average", "perform", "performs", "performing", "broken", "damaged", "expired", "expire", "cold", "warm", "stale", "fresh", "seat", "table", "tables", "chair", "chairs", "door", "cable", "fable", "case", "cases", "base", "bases", "cost", "costs", "costing", "price", "priced", "prices", "worth", "value", "values", "count", "amount", "number", "numbers", "list", "lists", "item", "items", "show", "shown", "shows", "state", "rest", "best", "test", "tests", "text", "text", "note", "notes", "sort", "sorts", "kind", "kinds", "mind", "made", "make", "makes", "take", "takes", "keep", "keeps", "move", "moves", "reason", "reasons", "run", "running", "runs", "happen", "happens", "trend", "trends", "seasonal", "demand", "forecast", "supply", "supplies", "supplied", "risk", "risks", "better", "please", "really", "reality", "story", "store", "stored", "stores", "located", "based", "place", "places", "region", "under", "between", "below", "above", "least", "order", "orders", "ordered", "point", "points", "level", "levels", "half", "forget", "ignore", "undo", "redo", "everywhere", "different", "same", "similar", "else", "instead", "than", "that", "what", "which", "whose", "without", "within", "anymore", "longer", "euros", "euro", "dollars", "dollar", "pounds", "pound", "percent", "unit", "units", "piece", "pieces", "write", "wrote", "send", "sent", "read", "buy", "bought", "sell", "sold", "pay", "paid", "hello", "house", "home", "world", "water", "wire", "wood", "steel", "copper", "plate", "paint", "point", "joint", "mouse", "cancel", "cancelled", "confirm", "approve", "reject", "hold", "holds", "holding", "wait", "call", "calls", "recall", "planning", "plan", "plans", "q1", "q2", "q3", "q4", "were", "here", "hear", "care", "dare", "rare", "are", "can't", "cannot", "won't", "wouldn't", "couldn't", "shouldn't", "isn't", "aren't", "doesn't", "don't", "didn't", "sandwich", "order's", "whether", "weather", "neither", "either", "rather", "father", "forward", "reward", "toward", "towards", "beside", "besides"]
)
"""Words that are never taken for a misspelt other word."""

QUESTION_WORDS: Final = frozenset(
    ["what", "what's", "which", "who", "who's", "whose", "whom", "where", "where's", "when", "why", "how", "how's", "is", "are", "was", "were", "am", "do", "does", "did", "has", "have", "had", "should", "shall", "may", "might", "isn't", "aren't", "doesn't", "don't-you", "whether", "if", "would", "will", "could", "can", "must"]
)
STOPS: Final = frozenset({".", "!", "?", ";"})
