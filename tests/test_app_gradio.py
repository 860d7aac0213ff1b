"""What keeps the app's modules plain: gradio's inside, HTML and JavaScript each have their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from hatchling.builders.wheel import WheelBuilder

from zoo import deploy, paths
from zoo.app import frame, scripts, templates

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "zoo" / "app"
MODULES = sorted(APP.rglob("*.py"))
INSIDE = {"pages.py", "mcp.py", "gradio_stubs.py", "gradio_parts.py", "gradio_start.py"}
"""The files that may use what gradio does not document; docs/ARCHITECTURE.md names them."""
DOCUMENTED = {"gr.themes", "gr.themes.Base", "gr.components", "gr.components.Component"}
UNDOCUMENTED = {
    "_id", "blocks", "config", "context", "current_page", "default_config", "fns", "get_api_info",
    "get_config_file", "get_metadata", "pages", "root_block",
}  # fmt: skip
"""Attributes of gradio's objects that are no part of what it documents."""


def reaches(source: str) -> Iterator[str]:
    """Every place where a module goes further into gradio than what it documents."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (
                name.name for name in node.names if name.name.startswith(("gradio.", "gradio_client"))
            )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gradio"):
            yield f"from {node.module}"
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            if text.startswith("gr.") and text not in DOCUMENTED:
                first, *deeper = text.removeprefix("gr.").split(".")
                if first not in gr.__all__ or any(part in UNDOCUMENTED for part in deeper):
                    yield text
            elif node.attr in UNDOCUMENTED and isinstance(node.value, ast.Name) and node.value.id == "demo":
                yield text


def test_gradios_inside_is_used_in_the_named_files_alone() -> None:
    architecture = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    for name in INSIDE:
        assert f"`{name}`" in architecture
        assert name == "gradio_stubs.py" or list(reaches((APP / name).read_text())), (
            f"{name} needs no mention"
        )
    for module in MODULES:
        if module.name not in INSIDE:
            assert list(reaches(module.read_text())) == [], module.name


@pytest.mark.parametrize(
    "line",
    [
        "from gradio.utils import get_upload_folder",
        "import gradio.routes",
        "gr.context.Context.root_block.load(None)",
        "gr.Dataframe.get_metadata(frame)",
        "demo.fns",
        "demo.get_config_file()",
    ],
)
def test_a_reach_into_gradio_is_seen(line: str) -> None:
    assert list(reaches(line))


def texts(source: str) -> Iterator[str]:
    """The strings of a module, those of docstrings left out."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module.name != "templates.py"], ids=lambda module: module.name
)
def test_html_is_written_in_templates_and_javascript_in_a_script(module: Path) -> None:
    for text in texts(module.read_text()):
        assert not re.search(r"<[a-z/!]", text), f"HTML in {module.name}: {text!r}"
        if module.name != "scripts.py":
            assert not re.search(r"=>|\bfunction\b.*\{|addEventListener|document\.", text), (
                f"JavaScript in {module.name}: {text!r}"
            )


def test_every_function_that_is_called_by_name_is_there() -> None:
    script = (frame.ASSETS / "zoo.js").read_text()
    (fillers,) = re.findall(r"const fillers = \{ (.*) \};", script)
    (handed_out,) = re.findall(r"window\.zoo = \{ (.*) \};", script)
    sources = "".join(module.read_text() for module in MODULES)
    named = re.findall(
        r"\bon_load\(\"(\w+)\"\)|\bfilled_by_script\([\w.]+, \"(\w+)\"", re.sub(r"\(\s+", "(", sources)
    )
    assert {one or other for one, other in named} == set(fillers.split(", "))
    assert {"fill", *re.findall(r"\bcall\(\"(\w+)\"", sources)} == set(handed_out.split(", "))


def test_a_call_hands_values_on_as_json() -> None:
    assert scripts.call("places") == "(...v)=>window.zoo?zoo.places(v):v"
    text = scripts.call("settings", 'a"b', [["rate", "float"]])
    assert text == '(...v)=>window.zoo?zoo.settings("a\\"b",[["rate","float"]],v):v'


def test_templates_are_in_the_wheel_and_on_a_space() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in templates.FOLDER.iterdir()}
    assert "zoo/app/templates/gallery.html" in names
    assert all(name.endswith(".html") for name in names)
    root = paths.checkout()
    assert root is not None
    assert names <= set(deploy.files(root))
    assert names <= {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}


def test_a_line_break_beside_a_tag_does_not_show() -> None:
    source = "{# why #}\n<p>\n  {{ a }} and\n  {{ b }}\n</p>\n{% if a %}\n<br>\n{% endif %}\n"
    breaks = templates._LineBreaks(templates._ENVIRONMENT)
    assert breaks.preprocess(source, None) == "<p>{{ a }} and {{ b }}</p>{% if a %}<br>{% endif %}"
