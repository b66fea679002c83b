"""The broker of the embedded stack."""
