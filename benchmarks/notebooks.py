"""Writes and executes a notebook for each family's best method: `python -m benchmarks.notebooks [SLUG…]`.

The best is the one with the largest share of claims that hold. Outputs stay small: results as text, pictures and plots
as a picture, the evidence as a table.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks.running import ROOT
from zoo import registry
from zoo.app.frame import family_name
from zoo.evidence import verify
from zoo.method import Method

FOLDER = ROOT / "docs" / "notebooks"

SHOW = """import dataclasses
import io

from IPython.display import Image, display

from zoo import thumbnail
from zoo.errors import InputError
from zoo.types import Value

for field in dataclasses.fields(result):
    value = getattr(result, field.name)
    plain = value.plain() if isinstance(value, Value) else value
    if plain is not None:
        print(field.name, str(plain)[:500])
        continue
    try:
        picture = io.BytesIO()
        thumbnail.draw(value).save(picture, "JPEG", quality=80)
        display(Image(picture.getvalue()))
    except (InputError, AttributeError):
        print(field.name, value.label)"""

EVIDENCE = """from zoo.evidence import verify

for claim in verify.read({slug!r}).claims:
    print(f"{{claim.verdict:14}} {{claim.held}} of {{len(claim.conditions)}}  {{claim.statement}}")"""


def best() -> list[str]:
    """The best method of each family, by slug."""
    chosen: dict[str, tuple[float, str]] = {}
    for slug, entry in registry.entries().items():
        if entry.error or entry.distribution != "latent-zoo":
            continue
        record = verify.read(slug)
        rows = record.claims if record else ()
        share = sum(row.verdict == "holds" for row in rows) / max(1, len(rows))
        chosen[entry.family] = max(chosen.get(entry.family, (-1.0, "")), (share, slug))
    return sorted(slug for _, slug in chosen.values())


def notebook(method: type[Method]) -> nbformat.NotebookNode:
    """A notebook that runs a method's first example and shows its evidence."""
    name, action = next(iter(method.actions().items()))
    paper = f"[{method.paper.title}]({method.paper.url})"
    head = f"# {method.title}\n\n{method.summary()}\n\n{family_name(method.family)}; {paper}"
    run = (
        f"import zoo\n\nmethod = zoo.load({method.slug!r})\nspec = method.actions()[{name!r}]\n"
        f"inputs = method.example(spec, 0)\nresult = method.run({name!r}, **inputs)"
    )
    cells = [
        new_markdown_cell(head),
        new_markdown_cell(f"## {action.title}\n\n{action.summary}"),
        new_code_cell(run),
        new_code_cell(SHOW),
        new_markdown_cell("## What was measured"),
        new_code_cell(EVIDENCE.format(slug=method.slug)),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells)


def main(slugs: Sequence[str] = ()) -> None:
    """Write and execute them; a cell that fails ends it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for slug in slugs or best():
        page = notebook(registry.find(slug).method)
        NotebookClient(page, timeout=600, kernel_name="python3", record_timing=False).execute(cwd=str(ROOT))
        for cell in page.cells:  # warnings of libraries name folders of this machine
            if cell.cell_type == "code":
                cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        path = FOLDER / f"{slug}.ipynb"
        nbformat.write(page, path)
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
