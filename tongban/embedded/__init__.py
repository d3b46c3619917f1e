"""What Tongban brings along: a PostgreSQL and a Kafka-protocol broker."""
