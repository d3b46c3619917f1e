"""A city that has been at work for years: lives led in one process, as fast as it can.

The services' own applications, policies, relays' words and read models, on their real
databases; only HTTP and Kafka are left out. Afterwards the city runs on from there.
"""
