"""The pages' HTML, made of the templates beside this module; whatever is put into one is escaped.

Plugins and uploads are strangers: no module of the app writes HTML by itself, so that none can forget to escape.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
from jinja2.ext import Extension
from markupsafe import Markup, escape

from zoo.app import frame
from zoo.app.numbers import format_number, format_seconds
from zoo.app.pages import address

FOLDER = Path(__file__).resolve().parent / "templates"


class _LineBreaks(Extension):
    """Drops line breaks beside tags and statements, so that how a template is laid out does not show in the page.

    A line break within text or within a tag becomes a space. Where a space beside a tag is wanted, text and tag stand
    on the same line.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        source = re.sub(r"\{#.*?#\}", "", source.strip(), flags=re.DOTALL)
        source = re.sub(r"(?<=>)\s*\n\s*|(?<=%\})\s*\n\s*|\s*\n\s*(?=<|\{%)", "", source)
        return re.sub(r"\s*\n\s*", " ", source.strip())


def coded(text: str) -> Markup:
    """Text as HTML, with what stands between backticks set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def inert(text: str) -> Markup:
    """Text for a template of ``gr.HTML``, which is read as HTML, as Handlebars and as a JavaScript string."""
    return Markup(str(escape(text)).translate({ord(sign): f"&#{ord(sign)};" for sign in "`$\\{}"}))  # noqa: S704


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    extensions=[_LineBreaks],
    auto_reload=False,
)
_ENVIRONMENT.filters.update(coded=coded, inert=inert, number=format_number, seconds=format_seconds)
_ENVIRONMENT.globals.update(
    COMPARE=frame.COMPARE,
    DUELS=frame.DUELS,
    LEADERBOARDS=frame.LEADERBOARDS,
    WANTED=frame.WANTED,
    address=address,
    asset=frame.asset,
    compare_path=frame.compare_path,
    family_name=frame.family_name,
)


def render(template: str, **values: Any) -> Markup:
    """A template as HTML.

    Args:
        template: its file's name without the ending.
        values: what it shows; text is escaped, what another template made is not escaped again.

    Raises:
        jinja2.UndefinedError: the template shows something that was not given.
    """
    return Markup(_ENVIRONMENT.get_template(f"{template}.html").render(**values))  # noqa: S704 - templates escape
