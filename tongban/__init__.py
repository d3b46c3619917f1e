"""The command line: run Tongban, look after it, measure it."""
