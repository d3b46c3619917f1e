"""What is published, in versions that never change."""
