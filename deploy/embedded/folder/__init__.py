"""The one folder of a stack.

`layout` says where everything is, `status` what the supervisor records of the stack, `ownership` whose the folder is
and what is handed over in it; `private_files` writes what only its owner may read, `logs` keeps the logs short.
"""
