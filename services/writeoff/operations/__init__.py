"""What clerks, jobs and events do with write-offs: load, decide, save, publish; one use case a module."""
