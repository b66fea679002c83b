"""Starts the service, or migrates its schema: `python -m services.writeoff [serve|migrate|replay]`."""

from chassis.command import main

if __name__ == "__main__":
    main("writeoff")
