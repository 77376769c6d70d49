"""A portable renderer for Quarto books: site by Pandoc, PDF by Typst, cells run by Jupyter.

It reads the same sources as ``quarto render`` and knows nothing of what the book is about.
"""
