"""The front door: words on a command line in, one call of the hall, an exit code out."""
