"""The demonstration: a made-up library whose open items are settled, selected, written off, reminded and audited."""
