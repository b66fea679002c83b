"""Starts the service, or migrates its schema: `python -m services.matching [migrate]`."""

from chassis.process import main
from services.matching.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
