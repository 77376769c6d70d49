"""The claims of the source notebooks, measured and judged."""
