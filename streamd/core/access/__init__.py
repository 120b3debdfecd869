"""Keys of access, their roles, and the tokens that prove that somebody holds one."""
