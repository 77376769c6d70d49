"""The website: pages, their looks, fonts and search."""

from render.html.pages import write_site

__all__ = ["write_site"]
