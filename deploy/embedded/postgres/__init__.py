"""PostgreSQL of the embedded stack: its account, its server, its databases and roles."""
