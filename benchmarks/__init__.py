"""Measurements of speed and memory, printed as tables; nothing is asserted."""
