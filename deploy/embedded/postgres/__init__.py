"""PostgreSQL of the embedded stack.

`server` runs it, under the `account` that may run it; `databases` makes its database and roles, with the passwords that
`credentials` keeps.
"""
