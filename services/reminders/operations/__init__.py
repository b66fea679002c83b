"""What people and jobs do with reminders: load, decide, save, publish."""
