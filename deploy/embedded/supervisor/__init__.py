"""The process that starts everything of a stack in order, keeps it running, and records how it stands.

`spawn` starts it and `daemon` is its process; `supervisor` is what it does, over `supervised` parts with the
`environment` that each of them gets. `readiness` asks a service whether it is ready, `drained` whether everything was
applied; `leftovers` ends what a killed supervisor left; `status_file` records how the stack stands.
"""
