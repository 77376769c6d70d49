"""analysis.study.environment: the software behind the book."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from pathlib import Path

import numpy as np
import scipy
from made_up import ROOT

from analysis.study import environment
from analysis.study.store import LIBRARIES


def test_installed_and_locked() -> None:
    found = environment.look(ROOT)
    assert found.python == platform.python_version()
    assert found.computing["numpy"] == np.__version__
    assert found.computing["scipy"] == scipy.__version__
    assert tuple(found.computing) == LIBRARIES
    assert found.drawing["matplotlib"] == importlib.metadata.version("matplotlib")
    assert tuple(found.rendering) == environment.RENDERING
    assert re.match(r"\S+( [\d.]+)?$", found.blas)


def test_nothing_tells_one_machine_from_another() -> None:
    said = repr(environment.look(ROOT))
    assert platform.node() not in said
    assert str(Path.home()) not in said
    assert str(ROOT) not in said
    assert "/" not in said


def test_locked_versions(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "# a comment with x==1\n"
        "Typst==0.15.2 \\\n    --hash=sha256:00\n"
        "pagefind[bin]==1.5.2 \\\n    --hash=sha256:00\n"
        "a==1.0 ; sys_platform == 'win32'\na==2.0 ; sys_platform != 'win32'\n",
        encoding="utf-8",
    )
    found = {"typst": "0.15.2", "pagefind": "1.5.2", "a": "1.0"}
    assert environment.locked_versions(lock) == found
    looked = environment.look(tmp_path)
    assert looked.rendering == {"typst": "0.15.2", "pagefind": "1.5.2"}
    assert looked.n_locked == 3


def test_without_a_lock(tmp_path: Path) -> None:
    found = environment.look(tmp_path)
    assert found.rendering == {}
    assert found.n_locked == 0


def test_every_direct_dependency_is_locked() -> None:
    """The versions that are named are those of libraries that the project asks for."""
    asked = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in (*environment.DRAWING, *environment.RENDERING, *LIBRARIES):
        assert f'"{name}' in asked, name
