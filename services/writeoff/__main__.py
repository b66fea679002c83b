"""The write-off service as a process."""

from chassis.process import main
from services.writeoff.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
