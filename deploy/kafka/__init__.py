"""What is asked of a Kafka cluster before services run on it.

`acls` says who may do what: one principal per service, and no more than its handlers and contracts need. `answers`
reads what the cluster made of a request.
"""
