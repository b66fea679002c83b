"""The embedded stack: PostgreSQL, a Kafka-protocol broker and the services, each a process under one supervisor.

Everything is in one folder and listens on 127.0.0.1 only. Read from the top down; imports point down too:

- `cli`: the commands `up`, `down`, `status` and `token`
- `stack`: starting, stopping and looking at a stack, from any other process
- `supervisor`: the one process that starts everything in order and keeps it running
- `postgres`, `broker`: the two servers out of wheels; `postgres.server.Postgres` and `broker.server.Broker` also stand
  alone
- `processes`: what every process of a stack is started with, bound to, and listens on
- `tokens`: the bearer tokens that a stack issues
- `folder`: where everything is, what is recorded there, and whose the folder is
- `plan`: which services and topics a stack consists of; `clock`, `errors`
"""
