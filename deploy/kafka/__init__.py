"""Who may do what on a Kafka cluster: one principal per service, and no more than its handlers and contracts need."""
