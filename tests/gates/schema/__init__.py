"""The services' schemas as documents: read from PostgreSQL's own catalogue, written for people."""
