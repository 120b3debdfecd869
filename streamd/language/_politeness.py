"""Politeness markers and filler words around a request."""

from typing import Final

from streamd.text.wordlist import phrases, words

POLITE_PREFIXES: Final = phrases(
    "don't forget to|do not forget to|never forget to|remember to|please remember to|don't hesitate to|"
    "you'd better|we'd better|we had better|i think it's time to|"
    "please|kindly|could you|can you|would you|will you|could you please|can you please|"
    "would you please|i would like to|i'd like to|i want to|i want you to|i need to|"
    "i need you to|we need to|we want to|we should|we must|we have to|we'd like to|"
    "we would like to|i'd like you to|i would like you to|let's|let 's|let us|go ahead and|"
    "go and|make sure to|be sure to|try to|help me|help me to|it 's time to|it's time to|"
    "time to|you should|you can|you must|you need to|feel free to|would you mind|do you mind|"
    "could you kindly|do me a favor and|do me a favour and|hi|hello|hey|hi there|hello there|"
    "hey there|good morning|good afternoon|good evening|dear|ok|okay|so|well|alright|"
    "all right|right|quickly|simply|just|now|then|also|next|finally|first|first of all|"
    "and then|after that|afterwards|i should|secondly|lastly|in addition|additionally|"
    "i was wondering if you could|do you think you could|i'd appreciate it if you could|"
    "i would appreciate it if you could|it would be great if you could|it would be nice if you could|"
    "my boss wants me to|i have to|i must|i've got to|we've got to|i'd love to|i'd love you to|"
    "i wish to|i'd prefer to|we ought to|i ought to|i am going to|i'm going to|we're going to|"
    "we are going to|we will|we'll|i'll|i will|you may|as well|immediately|today|yes|sure|"
    "great|thanks|thank you|actually|there|everyone|team|streamd|assistant|i think we should|"
    "i guess we should|i'm here to|i am trying to|i'm trying to|we're trying to|if you could|"
    "if possible|if you can|if you would|if you don't mind|would it be ok to|"
    "would you be so kind as to|be so kind as to|mind|start by|begin by|and also|but|instead|"
    "rather|it is time to|at once|right now|right away|straight away|perhaps|maybe|"
    "at this point|for now|once more|again|what i want is to|what i need is to|all i want is to|"
    "your task is to|your job is to|the task is to|proceed to|a favor|this is urgent|urgent|"
    "asap|i'd like|i would like|i want|i need|we need|we want|we'd like|we would like|give me|"
    "get me|i could use|we could use|bring me|hook me up with|new"
)
"""Polite and wordy beginnings that do not change the request, the longest first."""

DESIRE_PREFIXES: Final = frozenset(
    phrases(
        "i'd like|i would like|i want|i need|we need|we want|we'd like|we would like|give me|get me|i could use|"
        "we could use|bring me|hook me up with|new"
    )
)
"""Beginnings followed by a noun instead of a verb: «I want 3 more suppliers»."""

FILLERS: Final = words(
    "only please kindly just now also too immediately currently again still already simply quickly "
    "right pls plz thx thanks today asap really actually basically instead altogether entirely "
    "completely permanently"
)

FILLER_PHRASES: Final = phrases(
    "thank you|right away|right now|at once|as well|for me|for us|straight away|"
    "as soon as possible|if you can|if possible|if you could|at the moment|by the way|of state|"
    "for good|once and for all|for now|in total|from the system|in the system|to the system|"
    "from the list|to the list|from the database|to the database|in the database|"
    "from the inventory|to the inventory|from our inventory|to our inventory|from my inventory|"
    "to my inventory|from inventory|to inventory|in the inventory|in inventory|in our inventory|"
    "from the catalog|to the catalog|to the canvas|from the canvas|on the canvas|"
    "from the working|to the working|in the working|from our system|from our list|"
    "to our list|to our system|into the system|into the inventory|from here|to the board|"
    "from the board|no longer needed|at this time|with immediate effect|that we have|we have|"
    "that i have|i have|we 've got|we've got|that exist|there are|there is|from stock|"
    "from the stock|to the stock list|would you|will you|could you|i beg you|this time|"
    "on my behalf|from our records|from the records|from the supplier list|to the supplier list|"
    "from our suppliers|to our suppliers|to our supplier list|from our supplier list|"
    "to the suppliers"
)
