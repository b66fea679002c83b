"""`python -m services.selection [serve|migrate|replay]`."""

from chassis.process import main
from services.selection.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
