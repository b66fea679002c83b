"""The process that starts everything of a stack in order, keeps it running, and tells how it stands."""
