"""Clustering methods and what judges them: arrays in, arrays out; no song and no parameters."""
