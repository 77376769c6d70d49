"""How good a clustering is: by itself, and beside labels that were not used to make it."""
