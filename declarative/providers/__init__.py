"""Engines as the tool sees them: each a Provider, none knowing of the others."""
