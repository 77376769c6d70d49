"""The book as one PDF: neutral trees to Typst by Pandoc, to PDF by the `typst` package."""
