"""What every service shares: facts, runtime and the working-day calendar."""
