"""The page on which readers run both methods, in their own browsers."""
