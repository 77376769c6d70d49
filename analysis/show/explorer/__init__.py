"""All songs in any two axes, to be looked through by a reader of the website."""
