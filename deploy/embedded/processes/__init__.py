"""What every process of a stack is started with, bound to, and listens on.

`child` starts, watches and ends one, `die_with_parent` binds it to the life of the process that started it,
`child_environment` says what it takes over from that one, `ports` gives it a port that stays the same; `server` is a
child that others connect to.
"""
