"""The microservice chassis: consuming, outbox, database, migrations, HTTP, settings, telemetry, errors.

Everything here is free of the product's business: a service brings its domain, its SQL and its table of
event handlers, and the chassis gives it delivery guarantees, an HTTP front and a life cycle.
"""
