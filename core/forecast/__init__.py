"""What `core.demand` is made of: examples, likeness, outcomes, calibration, base demand."""
