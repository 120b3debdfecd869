"""Keys of access in the database of the journal: read by the daemon, changed by commands, also while it runs."""

from streamd.stores.access_keys.stored_access_keys import (
    StoredAccessKeys,
    access_keys_in,
    add_access_key,
    changing_access_keys,
    open_access_keys,
    revoke_access_key,
)

__all__ = [
    "StoredAccessKeys",
    "access_keys_in",
    "add_access_key",
    "changing_access_keys",
    "open_access_keys",
    "revoke_access_key",
]
