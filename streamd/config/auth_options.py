"""Options of access: who gets in."""

from streamd.config.option import option
from streamd.facts import frozen


@frozen
class AuthOptions:
    """`[auth]`: whether everybody has to prove who they are."""

    required: bool = option(
        default=False, help="true: nobody gets in without a token (`streamd token create`)"
    )
    hello_seconds: float = option(
        10.0, at_least=0.1, help="for the first message of a connection that brings its token in it"
    )
