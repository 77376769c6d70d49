"""K-Means by Lloyd's algorithm, written to be read beside the book's equations."""
