"""Pure decisions about write-offs: journals and reasons, what a request comes to, pro rata by months, rules, limits."""
