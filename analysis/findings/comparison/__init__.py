"""What the chapters that set both methods side by side find."""
