"""Many commands a second over all services of the embedded stack: `make load`."""
