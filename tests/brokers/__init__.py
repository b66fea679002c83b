"""The brokers that tests run on: the embedded one, Apache Kafka out of its own jars, or any that is named.

`choice` reads which one is wanted, `jars` finds Apache Kafka or fetches it once, `apache` runs it, `certificates`
makes what TLS needs, and `python -m tests.brokers` (`make kafka`) runs it in the foreground.
"""
