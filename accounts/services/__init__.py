"""What changes accounts, noun by noun; each function checks its rules and writes the audit log.

Whether the author may do it at all is the edge's question (`accounts.roles.can`, or the key's level).
"""
