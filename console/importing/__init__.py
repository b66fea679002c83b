"""`openitems import`: other systems' files through a mapping, into events.

A file is read (`tables`, `separated`, `encodings`), and its cells become the fields of events (`mapping`, `columns`,
`values`). Each row is compared with the rows before it and with the books (`examination`), and what was shown is posted
as a whole (`posting`). In the end all four services say what became of each row (`outcomes`).
"""
