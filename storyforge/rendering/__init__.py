"""Runs a plan: steps in their order, orders at hosts, the film put together and delivered."""
