"""The read model that services keep of administrations, parties and items.

One implementation for all services, so that all of them decide alike which events are taken: the highest version of a
party wins, the first posting of an item is the fact, and open amounts are what the ledger said last. matching keeps
items in its own ledger and takes only administrations and parties from here.
"""
