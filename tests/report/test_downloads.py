"""The files that the site offers: every link leads to one, and each is what the manifest says."""

from __future__ import annotations

import hashlib
import json
import posixpath
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT

from analysis.export import MANIFEST, load_model, load_pickle

pytestmark = pytest.mark.site

SITE = ROOT / "_site"
FOLDER = SITE / "downloads"
PAGE = "report/files.html"


@cache
def page() -> BeautifulSoup:
    return BeautifulSoup((SITE / PAGE).read_text(encoding="utf-8"), "html.parser")


@cache
def manifest() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / MANIFEST).read_bytes())
    return value


def links() -> set[str]:
    """The files that the page offers, relative to their folder."""
    found = [unquote(str(a["href"])) for a in page().select("main a[download]")]
    paths = [posixpath.normpath(posixpath.join(posixpath.dirname(PAGE), href)) for href in found]
    assert all(path.startswith("downloads/") for path in paths), paths
    return {path.removeprefix("downloads/") for path in paths}


def test_the_page_offers_every_file_that_is_there() -> None:
    there = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file()}
    assert links() == there == {MANIFEST, *manifest()["files"]}


@pytest.mark.parametrize("kind", ["csv", "json", "pkl", "txt"])
def test_each_file_is_what_the_manifest_says(kind: str) -> None:
    names = [name for name in manifest()["files"] if name.endswith(f".{kind}")]
    assert names
    for name in names:
        content = (FOLDER / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == manifest()["files"][name]["sha256"], name


def test_the_page_has_the_digests() -> None:
    table = page().find(id="tbl-digests")
    assert table is not None
    digests = {MANIFEST: hashlib.sha256((FOLDER / MANIFEST).read_bytes()).hexdigest()}
    digests |= {name: entry["sha256"] for name, entry in manifest()["files"].items()}
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in table.select("tbody tr")]
    assert {name.strip(): "".join(digest.split()) for name, digest in rows} == digests


def test_the_page_describes_every_column() -> None:
    said = {code.get_text() for code in page().select("main :is(th, td) code")}
    for entry in manifest()["files"].values():
        for column in entry["columns"]:
            if column["name"].startswith("gmm_prob_"):
                continue
            assert column["name"] in said, column
    assert "gmm_prob_0" in said


@pytest.mark.parametrize("name", ["scaler", "kmeans_model", "gmm_model"])
def test_the_models_can_be_loaded_from_the_site(name: str) -> None:
    fitted = load_pickle(FOLDER / "models" / f"{name}.pkl")
    assert type(load_model(FOLDER / "models" / f"{name}.json")) is type(fitted)
