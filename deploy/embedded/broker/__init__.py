"""The broker of the embedded stack: `server` runs it, `topics` fills it with empty topics."""
