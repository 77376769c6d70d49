"""What the study finds, one folder a part of the book."""
