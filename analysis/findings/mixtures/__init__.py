"""What the chapters on Gaussian mixtures find."""
