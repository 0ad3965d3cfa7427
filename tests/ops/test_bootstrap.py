"""`bin/store`: what it decides before anything is installed."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bin" / "store"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch) -> types.ModuleType:
    """The script as a module, on a project folder of its own."""
    loader = importlib.machinery.SourceFileLoader("bootstrap", str(SCRIPT))
    spec = importlib.util.spec_from_loader("bootstrap", loader)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    root = tmp_path / "a project"
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "TOOLS": root / ".tools",
        "STAMP": root / ".venv" / ".stamp",
        "PYTHON": root / ".venv" / "bin" / "python",
    }.items():
        monkeypatch.setattr(module, name, str(value))
    (root / "locks").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").touch()
    for name in module.SETS:
        (root / "locks" / f"{name}.txt").write_text(f"{name}==1\n")
    return module


def stamp(bootstrap, name):
    Path(bootstrap.STAMP).write_text(bootstrap.stamp_of(name) + "\n")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["up"], "up"),
        (["test", "tests/cart"], "test"),
        (["bench"], "test"),
        (["web"], "production"),
        (["worker"], "production"),
        (["import", "products.csv"], "up"),
        (["--help"], "up"),
        ([], "up"),
    ],
)
def test_a_command_needs_the_smallest_set_it_can_run_with(bootstrap, arguments, wanted):
    assert bootstrap.wanted_set(arguments) == wanted


def test_a_larger_set_serves_the_smaller_ones_and_not_the_other_way_round(bootstrap):
    assert not bootstrap.is_ready("up")
    stamp(bootstrap, "test")
    assert all(bootstrap.is_ready(name) for name in ("production", "up", "test"))
    stamp(bootstrap, "up")
    assert bootstrap.is_ready("up")
    assert not bootstrap.is_ready("test")


def test_a_changed_lock_and_a_moved_folder_call_for_a_new_environment(bootstrap, monkeypatch):
    stamp(bootstrap, "up")
    Path(bootstrap.lock_path("up")).write_text("up==2\n")
    assert not bootstrap.is_ready("up")
    stamp(bootstrap, "up")
    assert bootstrap.is_ready("up")
    monkeypatch.setattr(bootstrap, "PYTHON", bootstrap.PYTHON + "-gone")
    assert not bootstrap.is_ready("up")


def test_an_outdated_environment_for_tests_stays_one_for_tests(bootstrap, monkeypatch):
    stamp(bootstrap, "test")
    Path(bootstrap.lock_path("test")).write_text("test==2\n")
    installed = []
    monkeypatch.setattr(bootstrap, "install", installed.append)
    monkeypatch.setattr(bootstrap, "write_path_file", lambda: None)
    bootstrap.make_environment("up")
    assert installed == ["test"]
    assert bootstrap.is_ready("test")


def test_without_the_venv_module_it_names_the_package_to_install(bootstrap, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name))
    with pytest.raises(bootstrap.CannotStart, match=r"apt-get install -y python3\.\d+-venv"):
        bootstrap.tools_python()


def test_when_uv_can_not_do_it_pip_does(bootstrap, monkeypatch):
    asked = []

    def run(command, settings=None, folder=None):
        asked.append(command)
        return ["no route to anywhere\n"] if command[0] == "/bin/uv" else []

    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap, "find_uv", lambda: "/bin/uv")
    monkeypatch.setattr(bootstrap, "own_uv", lambda: "")
    monkeypatch.setattr(bootstrap, "tools_python", lambda: "/tools/python")
    bootstrap.install("up")
    assert asked[-1][0] == "/tools/python"
    assert "--require-hashes" in asked[-1]
    assert "--no-deps" in asked[-1]


def test_pip_s_mirrors_are_told_to_uv_unless_uv_has_its_own(bootstrap, monkeypatch):
    listing = "global.index-url='https://mirror.example/simple'\n:env:.find-links='/a /b'\nglobal.timeout='3'\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: types.SimpleNamespace(stdout=listing.encode()))
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    assert bootstrap.mirror_settings() == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_FIND_LINKS": "/a,/b",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert bootstrap.mirror_settings() == {}


def test_an_old_python_is_told_what_it_lacks(bootstrap, monkeypatch):
    import shutil

    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(bootstrap.CannotStart, match=r"3\.11 or newer is needed; this is Python 3\.9"):
        bootstrap.use_new_enough_python()


def test_the_script_holds_nothing_that_python_3_6_could_not_read():
    import ast

    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
