"""`python -m declarative`."""

from declarative.cli.main import main

if __name__ == "__main__":
    main()
