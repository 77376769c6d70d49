"""The songs: the table, its files and the features that it holds."""
