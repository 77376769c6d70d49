"""What the chapters on the data find."""
