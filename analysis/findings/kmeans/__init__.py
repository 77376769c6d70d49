"""What the chapters on K-Means find."""
