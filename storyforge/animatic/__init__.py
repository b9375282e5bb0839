"""Draws and speaks a clip on this machine, for nothing."""
