"""Taking events: each batch is one transaction per partition number, and offsets move only after it committed.

`subscriber` connects the service to the broker, `validation` turns records into events or into the poison that says
what is wrong with them, `partition_lanes` has groups of them applied in their order and side by side, `dispatch` does a
group in one transaction with the service's handlers, and `handling` says what a handler gets and answers. `waiting`
keeps what came before what it refers to and `waiting_retry` tries it again, `dead_letters` keeps what can never apply
and says how much that may be, and `lag` tells what is left to take.

What is done about a failure depends on whose fault it is (`chassis.faults`), in the same way everywhere:

- *A passing fault*: a lane's group, a sweep of what waits, a run's chunk comes again until it works.
- *The sender's fault*: the event is found by halving and becomes a dead letter, in a lane and in what waits; a run that
  is refused ends.
- *A fault of ours* stops what it met and no more. A lane stands still: its group comes again, its offsets do not move.
  A waiting event goes on waiting and is tried less and less often, while the others are applied. A run's chunk is tried
  eight times at most, and then the run ends as failed.
  What a service does by the clock is begun anew (`chassis.background`).

What is large is fewer at once: a transaction has at most 4,000 events and 8 MiB of them. One that is too slow all the
same (a statement beyond its limit, or one that waits for a lock beyond it) is cut and not repeated whole: the first
half comes next, half of that if need be, down to one event; after each that works twice as much is taken, up to what is
usual. The same holds of a sweep of what waits. The relay tells at most 32 MiB at once. A run's chunk cannot be cut:
where its statement is cancelled eight times, the run ends as failed.

Pauses between tries double, from 0.2 s to 20 s (0.25 s to 30 s for a waiting event, 0.2 s to 60 s for a chunk). No
fault ends the process. What stands still by a fault of ours is logged once with its traceback, counted by
`openitems_own_faults_total`, shown by `openitems_standing_still`, and makes the service unready (check `faults`) until
it goes on; a mended version applies all of it.

The sender's fault is a refusal, a poison, or a value that PostgreSQL does not take. Putting such a record aside never
fails by what it holds: characters that cannot be kept are replaced, and its topic carries no more than a broker takes.
More than
`OPENITEMS_DEAD_LETTERS_TOLERATED` new dead letters of a topic in a minute that are more than
`OPENITEMS_DEAD_LETTER_SHARE` of its events stop all taking of the process: no offset moves, nothing waiting is tried,
and readiness says which topic it is. An operator mends the cause and starts the service again, or starts it with a
higher share (1 takes all as dead letters, from where each can be retried).
"""
