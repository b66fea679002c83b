"""The embedded stack: PostgreSQL, a Kafka-protocol broker and the services, each a process under one supervisor.

Everything is in one folder and listens on 127.0.0.1 only. `postgres.Postgres` and `broker.Broker` also stand alone.
"""
