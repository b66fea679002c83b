"""Taking events: each batch is one transaction per partition number, and offsets move only after it committed.

`received` says what a handler gets and answers, `reading` turns records into events, `aside` keeps what waits and
what is dead, `dispatch` does a group of events in one transaction, `lanes` has groups done in their order and side by
side, `subscriber` connects that to the broker, `lag` tells what is left, and `sweeper` tries again what waited.
"""
