"""Asks engines what is, with as few calls as it takes. Knows only the reading half of a provider."""
