"""The facts services tell each other, one module per teller. Knows nothing of ours.

A fact is told by exactly one service, except clocks and refusals, which any service
may tell about its own promises and its own noes.
"""
