"""Working days and legal limits: pure, and the same answer everywhere."""
