"""What can be asked of open items, and how it is said: to machines, to people, and to PostgreSQL. No I/O."""
