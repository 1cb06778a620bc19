"""How a migration would run: a workload in, rounds and an outcome out."""
