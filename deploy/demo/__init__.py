"""The demonstration: a made-up library whose open items are settled, selected, written off, reminded and audited.

`command` is `openitems demo`; `library` makes the events, `story` does the steps, `step_report` tells what each of them
came to, and `left_in_folder` knows where it was told already.
"""
