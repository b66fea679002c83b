"""Migrations of the read model of administrations and parties."""

RECORDED_AS = "chassis.projection.schema"
