"""What a page says of itself in its head, and what an address that leads nowhere gets."""

from __future__ import annotations

import io
import re
from html import unescape as html_text

import pytest
from app_server import App
from markupsafe import escape
from own_methods import KIND, real
from PIL import Image

from zoo.app.lost import lost_page
from zoo.app.pages import TAKEN

pytest_plugins = ["app_server"]


def said(html: str) -> dict[str, str]:
    """Contents of a page's meta tags by name; each may stand there once."""
    head = html.partition("<body")[0]
    pairs = re.findall(r'<meta\s+(?:name|property)="([^"]+)"\s+content="([^"]*)"', head)
    names = [name for name, _ in pairs if name != "viewport"]
    assert len(names) == len(set(names)), names
    return {"title": re.findall("<title>(.*?)</title>", head)[0], **dict(pairs)}


def test_every_page_says_what_it_is_and_nothing_of_gradio(app: App) -> None:
    seen: dict[str, str] = {}
    for path in [path for path, _, _ in app.get("config").json()["pages"]]:
        html = app.get(path).text
        head = said(html)
        assert head["og:title"] == head["title"]
        if path in real() or path in TAKEN:  # strangers may call their methods what they like
            assert head["title"] not in seen, "a title of its own"
            seen[head["title"]] = path
        assert head["og:description"] == head["description"]
        assert head["og:url"] == app.url + path
        assert "gradio" not in " ".join(head.values()).lower()
        assert html.count('rel="icon"') == 1
        assert app.config(path)["title"] == html_text(head["title"]), "gradio sets it once more"


@pytest.mark.parametrize("entry", real().values(), ids=lambda entry: entry.slug)
def test_a_methods_page_shows_its_thumbnail_and_has_an_icon_of_it(app: App, entry) -> None:
    html = app.get(entry.slug).text
    head = said(html)
    assert head["title"].startswith(str(escape(entry.title)))
    assert str(escape(entry.method.summary())) in head["description"]
    assert head["og:image"].startswith(app.url), "whoever shows the link has no other way to it"
    assert app.get(head["og:image"].removeprefix(app.url)).headers["content-type"] == "image/webp"
    (icon,) = re.findall(r'rel="icon" href="\./([^"]+)"', html)
    with Image.open(io.BytesIO(app.get(icon).content)) as picture:
        assert picture.size == (64, 64)


def test_hostile_titles_are_text(app: App) -> None:
    assert "<title>Kinds &lt;of&gt; &amp; values" in app.get(KIND.slug).text


HTML = {"Accept": "text/html,*/*"}


def test_an_address_that_leads_nowhere_gets_a_page_with_a_way_back(app: App) -> None:
    for path in ("finolla", "app-kinds/deeper", "zoo/none", "<script>alert(1)</script>"):
        answer = app.get(path, headers=HTML)
        assert answer.status_code == 404
        assert '<a class="z-go" href="./">Back to the gallery</a>' in answer.text
        assert '<base href="/">' in answer.text
        assert "<script>alert" not in answer.text
    assert '<a href="./finola">FINOLA</a>' in app.get("finolla", headers=HTML).text
    assert app.get("nowhere").json() == {"detail": "Not Found"}, "what a program gets"


def test_a_wanted_paper_says_at_its_address_that_it_does_not_run_yet(app: App) -> None:
    html = app.get("lidar", headers=HTML).text
    assert "This paper does not run yet." in html
    assert 'href="./wanted#lidar"' in html


def test_the_way_back_leads_to_the_app_below_a_path() -> None:
    html = lost_page("/zoo-app/finolla", "/zoo-app")
    assert '<base href="/zoo-app/">' in html
    assert "<code>finolla</code>" in html
