"""What clerks, jobs and events do with selections: load, decide, save, publish; one use case a module."""
