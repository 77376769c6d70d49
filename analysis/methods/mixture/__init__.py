"""Gaussian mixtures by the EM algorithm, written to be read beside the book's equations."""
