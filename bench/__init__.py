"""Programs that measure and that prove; the last line of each is one JSON object."""
