"""The set-up: what a machine lacks is one line, and what was left is removed."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

SCRIPT: Final = Path(__file__).resolve().parents[2] / ".tools" / "pulumi" / "install.py"


@pytest.fixture
def install() -> ModuleType:
    """Give the script that finds, installs or builds the CLI."""
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unwritable_cache_is_named(install: ModuleType, tmp_path: Path) -> None:
    """A cache that cannot be written says where it is and what moves it."""
    blocked = tmp_path / "file"
    blocked.touch()
    message = f"cannot write {blocked}/cache/lock (Not a directory); set XDG_CACHE_HOME"

    with (
        pytest.raises(install.SetupError, match=re.escape(message)),
        install.lock(blocked / "cache" / "lock"),
    ):
        pass


def test_missing_home_is_told(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user without a home directory is told what to set."""

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(install.Path, "home", homeless)

    with pytest.raises(install.SetupError, match="set XDG_CACHE_HOME"):
        install.cache_folder()


def test_left_overs_are_removed(install: ModuleType, tmp_path: Path) -> None:
    """Folders of a build that was killed go; finished ones and the lock stay."""
    for name in (".build-3.0.0-abc-x1y2", ".pulumi-3.0.0-abc-x1y2", "pulumi-3.0.0-abc"):
        (tmp_path / name / "gopath").mkdir(parents=True)
    (tmp_path / "lock").touch()

    install.remove_left_overs(tmp_path)

    assert sorted(p.name for p in tmp_path.iterdir()) == ["lock", "pulumi-3.0.0-abc"]
