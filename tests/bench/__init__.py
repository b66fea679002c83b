"""Speed as a ratio to the raw floor, both measured in the same run; no test here, and no assertion on time."""
