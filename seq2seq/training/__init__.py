"""Training: loss, optimisers, schedules, the loop, checkpoints and exact resume."""
