"""Random work under faults for as long as one likes: `make soak MINUTES=30`, and `SEED=…` to do it again."""
