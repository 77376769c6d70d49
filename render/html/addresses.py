"""What a site that knows its own address tells those who look for it."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urljoin, urlsplit

from render.config import Book


def base(book: Book) -> str | None:
    """Give the site's address with a slash at its end, or None if the book does not say it."""
    return book.site_url.rstrip("/") + "/" if book.site_url else None


def folder(book: Book) -> str:
    """Give the folder of the site on its host, ``/book/``; "" if the book does not say it."""
    address = base(book)
    return urlsplit(address).path if address else ""


def canonical(site: str | None, href: str) -> str | None:
    """Give the one address of a page."""
    if site is None:
        return None
    return urljoin(site, quote("" if href == "index.html" else href))


def sitemap(site: str, pages: Sequence[str]) -> str:
    """Give ``sitemap.xml``."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
    lines += [f"  <url><loc>{escape(canonical(site, page) or '')}</loc></url>" for page in pages]
    return "\n".join([*lines, "</urlset>", ""])


def robots(site: str) -> str:
    """Give ``robots.txt``: everything may be read, and where the list of pages is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {urljoin(site, 'sitemap.xml')}\n"
