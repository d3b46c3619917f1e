"""The few bones every service stands on. Knows no service.

One shape for everything that listens: the messages of one poll become one
transaction of new events or rows together with the positions they came from.
"""
