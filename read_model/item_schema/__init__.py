"""Migrations of the read model of items, for the services that are not the ledger."""

RECORDED_AS = "chassis.projection.item_schema"
