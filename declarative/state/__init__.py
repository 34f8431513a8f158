"""The archive: where state lives, who may write it, and how it looks on the wire."""
