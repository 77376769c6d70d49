"""Every result under one name, computed once and kept on disk."""
