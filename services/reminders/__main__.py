"""`python -m services.reminders [serve|migrate|replay]`."""

from chassis.process import main
from services.reminders.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
