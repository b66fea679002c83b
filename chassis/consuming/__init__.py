"""Taking events: each batch is one transaction per partition number, and offsets move only after it committed.

`received` says what a handler gets and answers, `reading` turns records into events, `aside` keeps what waits and
what is dead, `dispatch` does a group of events in one transaction, `subscriber` connects it to the broker, and
`sweeper` tries again what waited.
"""
