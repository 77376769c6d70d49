"""The book's checklist, asked of any table: what has to be known before a clustering is believed.

Values alone; :mod:`analysis.show.verdicts` says them in words.
"""
