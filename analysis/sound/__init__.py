"""From sound to features: files are found, decoded, measured and written as a feature table."""
