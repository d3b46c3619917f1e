"""The services of Tongban. They know each other only through shared.events."""
