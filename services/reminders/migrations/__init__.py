"""The schema of reminders, on top of the read model of parties and items."""
