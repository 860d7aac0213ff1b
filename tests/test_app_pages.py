"""Pages: what we rely on in gradio, what each page holds and weighs, and what its snippets do."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import gradio as gr
import pytest
from app_server import KINDS, ROOT, App
from gradio.routes import INTERNAL_ROUTES
from gradio.state_holder import SessionState
from own_methods import KIND, TROUBLE, real
from starlette.testclient import TestClient

from zoo import cli, registry, review
from zoo.app import endpoint, frame, method_page
from zoo.app.gallery import gallery, input_kinds
from zoo.app.pages import TAKEN, address, many_pages, page
from zoo.app.snippets import snippets
from zoo.evidence.records import CheckRecord, FindingRecord, RuleRecord
from zoo.method import Action
from zoo.registry import Entry

pytest_plugins = ["app_server"]

BROKEN = Entry("bro<ken", "no_such_module_<b>:X", "dist", "1")
EXAMPLES = KINDS / "zoo_method_app_kinds" / "examples"
MOST_BYTES = 150_000


def paths(app: App) -> list[str]:
    """The pages that the app says it has; a page's own HTML names that page alone."""
    return [path for path, _, _ in app.get("config").json()["pages"]]


def slugs(app: App) -> list[str]:
    """The pages of methods."""
    return [path for path in paths(app) if path and path not in TAKEN]


def action(name: str) -> Action:
    return KIND.method.actions()[name]


# ---------------------------------------------------------------------------------------------------------
# What we rely on in gradio


def test_gradio_keeps_pages_apart_by_two_plain_attributes() -> None:
    """If this fails after an update of gradio, ``zoo/app/pages.py`` is what to look at."""
    with gr.Blocks() as demo:
        assert demo.pages == [("", "Home", True)]
        assert demo.current_page == ""
        first = gr.Textbox()
        with page(demo, "two", "Two"):
            assert demo.current_page == "two"
            second = gr.Textbox()
            button = gr.Button()
            button.click(lambda text: text, second, second)
        third = gr.Textbox()
    assert (first.page, second.page, third.page) == ("", "two", "")
    config = demo.get_config_file()
    assert {first._id, third._id} <= set(config["page"][""]["components"])
    assert {second._id, button._id} <= set(config["page"]["two"]["components"])
    assert second._id not in config["page"][""]["components"]
    assert len(config["page"]["two"]["dependencies"]) == 1
    assert config["page"][""]["dependencies"] == []
    assert config["pages"][1][0] == "two"


def test_a_page_ends_even_if_filling_it_fails() -> None:
    with gr.Blocks() as demo:
        with pytest.raises(RuntimeError), page(demo, "two", "Two"):
            raise RuntimeError
        assert demo.current_page == ""


def test_many_pages_are_configured_once_and_all_there() -> None:
    """What the app builds by ``many_pages`` is what gradio would have built by itself."""

    def fill(demo: gr.Blocks) -> None:
        gr.Textbox(label="one")
        with page(demo, "two", "Two"):
            other = gr.Image(label="two")
            gr.Button("Run").click(lambda a: a, other, other, api_name="act", concurrency_id="c")

    with gr.Blocks(title="T") as plain:
        fill(plain)
    plain.queue(max_size=3)
    with many_pages({"max_size": 3}, title="T") as quick:
        fill(quick)
    assert quick.pages == plain.pages

    def shape(demo: gr.Blocks) -> Any:
        config = demo.config = demo.get_config_file()  # as ``launch`` does
        return (
            [
                (part["type"], part["props"].get("label"), part.get("api_info"))
                for part in config["components"]
            ],
            [(one["api_name"], len(one["inputs"]), one["queue"]) for one in config["dependencies"]],
            [(path, len(part["components"])) for path, part in config["page"].items()],
            demo.get_api_info(),
        )

    assert shape(quick) == shape(plain)
    assert quick.default_config.get_config().keys() == plain.default_config.get_config().keys()


def test_a_session_describes_no_component_until_it_changes_one() -> None:
    """Gradio describes every component of every page for each visitor: ten megabytes at 300 methods."""
    with many_pages({}, title="T") as demo:
        parts = [gr.Textbox(label=str(number)) for number in range(9)]
        with page(demo, "two", "Two"):
            gr.Textbox()
    session = SessionState(demo)
    assert session.config_values == {}
    assert parts[3]._id in session
    session._update_value_in_config(parts[3]._id, "new")
    assert session.config_values[parts[3]._id]["props"]["value"] == "new"
    assert len(session.config_values) == 1


def test_the_events_of_a_page_are_found_among_its_own_and_all_there_afterwards() -> None:
    """Gradio compares each new event with all there are, which is quadratic in the number of pages."""
    with gr.Blocks() as demo:
        for number in range(3):
            with page(demo, f"p{number}", "P"):
                box, button = gr.Textbox(), gr.Button()
                runs = button.click(lambda text: text, box, box, api_name=f"act_{number}")
                box.change(None, cancels=[runs])
                assert len(demo.fns) == 3  # the third is gradio's, that cancels
    assert [event.page for event in demo.fns.values()] == [f"p{number // 3}" for number in range(9)]
    assert list(demo.fns) == [event._id for event in demo.fns.values()]
    assert [event.cancels for event in demo.fns.values()] == [[], [], [0], [], [], [3], [], [], [6]]


def test_all_pages_share_two_routes_which_leave_other_addresses_alone() -> None:
    """Gradio gives every page two routes of its own, and compares each request with all of them."""
    with many_pages({}, title="T") as demo:
        for name in ("one", "two", "three"):
            with page(demo, name, name):
                gr.Textbox(label=name)
    app = demo.launch(prevent_thread_lock=True, quiet=True)[0]
    try:
        assert sum("{page}" in getattr(route, "path", "") for route in app.routes) == 2
        client = TestClient(app, follow_redirects=False)
        for name in ("one", "two", "three"):
            assert f'"label":"{name}"' in client.get(f"/{name}").text
            assert client.get(f"/{name}/").headers["location"] == f"/{name}"
        assert client.get("/four").status_code == client.get("/four/").status_code == 404
        assert client.get("/theme.css").headers["content-type"].startswith("text/css")
    finally:
        demo.close()


def test_the_app_is_built_without_what_only_runs_need() -> None:
    """Importing torch and scipy takes as long as all the rest of the start."""
    code = (
        "import sys\nfrom zoo.app.server import build\nbuild()\n"
        "print([name for name in ('torch', 'scipy', 'sklearn', 'plotly', 'matplotlib') if name in sys.modules])\n"
    )
    own = {"ZOO_ONLY": ",".join(real())}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env={**os.environ, **own}
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


def test_gradio_is_imported_without_writing_beside_its_sources(tmp_path: Path) -> None:
    """Nothing is written outside the folders that a host gives us."""
    code = (
        "import sys\n"
        "written = []\n"
        "def watch(event, args):\n"
        "    if event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+'):\n"
        "        written.append(str(args[0]))\n"
        "sys.addaudithook(watch)\n"
        "import zoo.app\n"
        "print([path for path in written if path.endswith('.pyi')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_no_method_can_take_an_address_that_gradio_needs() -> None:
    assert set(INTERNAL_ROUTES) <= TAKEN
    for slug in TAKEN:
        assert address(slug) not in TAKEN
    assert address("linear-mda") == "linear-mda"


# ---------------------------------------------------------------------------------------------------------
# Pages of the running app


def test_the_gallery_links_every_method_and_every_link_leads_somewhere(app: App) -> None:
    cards = app.config("")["components"][0]["props"]["value"]
    links = re.findall(r'<a class="z-card" href="\./([^"]+)"', cards)
    assert sorted(links) == sorted(slugs(app))
    assert {"linear-mda", "app-kinds", "raises"} <= set(links)
    for link in links:
        answer = app.get(link)
        assert answer.status_code == 200, link
        assert answer.headers["content-type"].startswith("text/html")


def test_a_page_carries_its_own_parts_and_is_light(app: App) -> None:
    seen: dict[int, str] = {}
    for slug in paths(app):
        text = app.get(slug).text
        if slug != "app-kinds":  # no method has ten actions
            most = MOST_BYTES if slug != "leaderboards" else 200_000  # a table for each of fifteen tasks
            assert len(text.encode()) < most, f"{slug or 'the gallery'} weighs {len(text.encode())} bytes"
        for part in app.config(slug)["components"]:
            assert part["id"] not in seen, f"{slug} carries a part of {seen.get(part['id'])}"
            seen[part["id"]] = slug


def expected_dependencies(entry: Entry) -> int:
    """Evidence and snippets; then endpoint, Run, its failure, Stop and its cancelling, edits; example, address."""
    return 2 + sum(
        6 + bool(one.examples) + any(param.value_type is None for param in one.params)
        for one in entry.method.actions().values()
    )


@pytest.mark.parametrize(
    "entry",
    [*(one for one in real().values() if not one.error), KIND, TROUBLE],
    ids=lambda one: one.slug,
)
def test_a_method_page_has_the_parts_of_its_actions(app: App, entry: Entry) -> None:
    config = app.config(address(entry.slug))
    several = len(entry.method.actions()) > 1  # then the address may also choose among their tabs
    about_others = sum(
        param.reference is not None for action in entry.method.actions().values() for param in action.params
    )  # each follows its picture or table, and what is picked on it
    further = len(config["dependencies"]) - expected_dependencies(entry)
    tables = sum(param.kind == "table" for one in entry.method.actions().values() for param in one.params)
    fields = [field for one in entry.method.actions().values() for field in one.results]
    watched = sum(field.kind == "file" for field in fields)  # their buttons, and panels that may stay empty
    watched += sum(field.optional and field.kind != "summary" for field in fields)
    assert about_others + watched <= further, "each follows something"
    assert further <= several + 2 * about_others + tables + watched, "each table has a preview"
    public = [one["api_name"] for one in config["dependencies"] if one["api_visibility"] == "public"]
    names = [endpoint.api_name(entry.slug, name) for name in entry.method.actions()]
    assert public == names
    labels = [part["props"].get("label") or "" for part in config["components"]]
    for one in entry.method.actions().values():
        for param in one.params:
            assert any(label.startswith(param.title) for label in labels), param.name
    tabs = [part["props"]["label"] for part in config["components"] if part["type"] == "tabitem"]
    assert [tab for tab in tabs if tab in ("Try", "Evidence", "Card", "Use it")] == [
        "Try", "Evidence", "Card", "Use it",
    ]  # fmt: skip


def test_a_page_that_is_not_there_says_so_without_a_trace(app: App) -> None:
    for path in ("no-such-method", "app-kinds/deeper", "zoo/nothing", "..%2f..%2fetc%2fpasswd"):
        answer = app.get(path)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text
        assert "site-packages" not in answer.text


def test_a_slash_at_the_end_leads_to_the_page(app: App) -> None:
    answer = app.get("app-kinds/", follow_redirects=True)
    assert answer.status_code == 200
    assert str(answer.url).endswith("/app-kinds")


def test_strangers_texts_are_escaped(app: App) -> None:
    cards = app.config("")["components"][0]["props"]["value"]
    assert "Kinds &lt;of&gt; &amp; values" in cards
    assert "Kinds <of>" not in cards
    head = app.config("app-kinds")["components"][0]["props"]["value"]
    assert "<h1>Kinds &lt;of&gt; &amp; values</h1>" in head


def test_a_broken_entry_cannot_write_html() -> None:
    cards = gallery([BROKEN, KIND])
    assert "<b>:" not in cards.replace("<b>1</b>", "")
    assert "no_such_module_&lt;b&gt;" in cards
    assert input_kinds(BROKEN) == []
    assert cards.index("app-kinds") < cards.index("bro&lt;ken"), "what works comes first"


def test_filters_count_what_they_show() -> None:
    cards = gallery([KIND, TROUBLE, BROKEN])
    assert re.search(r'data-group="family" data-value="robustness">Robustness <b>2</b>', cards)
    assert re.search(r'data-group="input" data-value="image">Pictures <b>2</b>', cards)
    assert re.search(r'data-group="input" data-value="mesh">3D shapes <b>1</b>', cards)
    assert "3 runnable papers" in cards
    assert "1 runnable paper " in gallery([KIND])


def test_the_strip_shows_the_family_with_the_current_one_marked(app: App) -> None:
    head = app.config("app-kinds")["components"][0]["props"]["value"]
    strip = head[head.index('<nav class="z-strip"') :]
    assert '<a href="./app-kinds" aria-current="page">' in strip
    assert '<a href="./app-troubles">Troubles</a>' in strip


def test_pictures_that_pages_name_are_there(app: App) -> None:
    for slug in paths(app):
        for source in re.findall(r'src=\\?"\./(zoo/[^"\\]+)', app.get(slug).text):
            answer = app.get(source)
            assert answer.status_code == 200, source
            if not source.startswith("zoo/assets"):
                assert answer.headers["content-type"].startswith("image/")


def test_assets_may_be_kept_for_ever_and_change_their_address_with_their_content(app: App) -> None:
    text = app.get("app-kinds").text
    for name in ("style.css", "zoo.js"):
        place = frame.asset(name)
        assert place in text
        answer = app.get(place.removeprefix("./"))
        assert answer.content == (frame.ASSETS / name).read_bytes()
        assert "immutable" in answer.headers["cache-control"]
    assert app.get("zoo/assets/inter-latin.woff2").status_code == 200


def test_health(app: App) -> None:
    assert app.get("zoo/health").text == "ok"


# ---------------------------------------------------------------------------------------------------------
# Snippets


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example files, where snippets are run."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    known = {**registry.entries(), KIND.slug: KIND, TROUBLE.slug: TROUBLE}
    monkeypatch.setattr(registry, "entries", lambda: known)
    return tmp_path


def settings(one: Action) -> dict[str, Any]:
    """What the page knows after its first example was chosen: every input, files by name."""
    example = one.examples[0]
    return {
        param.name: example.get(param.name, None if param.required else param.default) for param in one.params
    }


ACTIONS = list(KIND.method.actions())


@pytest.mark.parametrize("name", ACTIONS)
def test_the_python_snippet_runs(name: str, here: Path) -> None:
    code = snippets("app-kinds", action(name), settings(action(name)), "http://x/")["Python"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    assert 1 <= len(out.getvalue().strip().splitlines()) <= 30, "what came out, and no more"
    assert action(name).result_type.__name__ not in out.getvalue()


@pytest.mark.parametrize("name", ACTIONS)
def test_the_command_snippet_runs(name: str, here: Path) -> None:
    code = snippets("app-kinds", action(name), settings(action(name)), "http://x/")["Command line"]
    program, *words = shlex.split(code)
    assert program == "zoo"
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(words) == 0
    assert len(list((here / "out").iterdir())) == sum(
        one.value_type is not None for one in action(name).results
    )


@pytest.mark.parametrize("name", ACTIONS)
def test_the_http_snippet_runs(app: App, name: str, here: Path) -> None:
    code = snippets("app-kinds", action(name), settings(action(name)), app.url)["HTTP client"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    assert 1 <= len(out.getvalue().strip().splitlines()) <= 30


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is missing")
@pytest.mark.parametrize("name", ACTIONS)
def test_the_curl_snippet_runs(app: App, name: str, here: Path) -> None:
    code = snippets("app-kinds", action(name), settings(action(name)), app.url)["curl"]
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True, cwd=here)
    assert done.returncode == 0, done.stderr
    said = done.stdout.strip().splitlines()
    assert 1 <= len(said) <= 30
    assert said[0] not in ("", "null")
    client = snippets("app-kinds", action(name), settings(action(name)), app.url)["HTTP client"]
    assert ("row[" in client) == ("\\(.name)" in code), "both tell the same"


def test_the_curl_snippet_says_what_is_wrong(app: App, here: Path) -> None:
    turn = action("turn_picture")
    code = snippets("app-kinds", turn, {**settings(turn), "image": 'it\'s "wrong".png'}, app.url)["curl"]
    (here / 'it\'s "wrong".png').write_text("words")
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, cwd=here)
    assert done.stdout.startswith("Image: the file is not a readable picture")


def test_the_mcp_snippet_names_one_tool(app: App) -> None:
    code = snippets("app-kinds", action("sort_table"), settings(action("sort_table")), app.url)["MCP"]
    (server,) = json.loads(code)["mcpServers"].values()
    assert server["url"] == f"{app.url}gradio_api/mcp/?tools=app_kinds_sort_table"


def test_snippets_say_only_what_differs_from_the_default() -> None:
    turn = action("turn_picture")
    given = {
        **settings(turn),
        "image": "my picture.png",
        "quarters": 0,
        "gain": 1.0,
        "border": 0,
        "mirror": False,
    }
    said = snippets("app-kinds", turn, given, "http://x/")
    assert "turn_picture(image='my picture.png')" in said["Python"]
    assert said["Command line"] == "zoo run app-kinds.turn-picture --image 'my picture.png' --out out/"
    assert said["Link to these settings"] == "http://x/app-kinds?action=turn_picture"


def test_a_snippet_quotes_what_a_visitor_typed(here: Path) -> None:
    story = 'it\'s "quoted" $(touch gone) `touch gone`;\n--json & é %s {x}'
    said = snippets("app-kinds", action("read_text"), {"story": story, "mood": "calm"}, "http://x/")
    words = shlex.split(said["Command line"])
    assert story in words
    known = {**registry.entries()}
    out = io.StringIO()
    with mock.patch.object(registry, "entries", return_value=known), contextlib.redirect_stdout(out):
        assert cli.main([*words[1:], "--json"]) == 0
    assert json.loads(out.getvalue())["text"] == story.upper()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(said["Python"], {})
    assert story.upper() in out.getvalue()


def test_a_rung_stands_on_the_card_and_in_the_gallerys_filter(monkeypatch: pytest.MonkeyPatch):
    entry, other = list(real().values())[:2]
    fault = (FindingRecord(says="x.", cure="y."),)
    rules = (
        RuleRecord(name="texts", rung="bronze", asks="?", findings=()),
        RuleRecord(name="tests", rung="silver", asks="?", findings=fault),
    )
    record = CheckRecord(slug=entry.slug, rung="bronze", rules=rules)
    monkeypatch.setattr(review, "read", lambda method: record if method is entry.method else None)
    shown = gallery([entry, other])
    assert 'data-rung="bronze"' in shown
    assert 'data-group="rung" data-value="bronze"' in shown
    assert "bronze; silver asks for 1 more" in method_page._facts(entry, entry.method)
    monkeypatch.setattr(review, "read", lambda method: None)
    assert 'data-group="rung"' not in gallery([entry]), (
        "without a stored review there is nothing to filter by"
    )
    assert "Quality" not in method_page._facts(entry, entry.method)
