"""Migrations of what the chassis itself keeps in every service's schema."""
