"""Starts the service, or migrates its schema: `python -m services.matching [serve|migrate|replay]`."""

from chassis.command import main

if __name__ == "__main__":
    main("matching")
