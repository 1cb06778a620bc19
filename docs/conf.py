"""The Sphinx configuration of the site: ``nox -s docs``."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Optional, Tuple

import attr

sys.path.insert(0, str(Path(__file__).parent))

import forecast_pictures
import modules
import pages
import zcpolicy

project = "zcpolicy"
author = "The zcpolicy developers"
project_copyright = author
version = release = zcpolicy.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.graphviz",
    "sphinx.ext.napoleon",
]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
graphviz_output_format = "svg"

# Docstrings follow Google's style; `a name` is an object, *a name* an argument.
default_role = "py:obj"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
napoleon_attr_annotations = False  # the signature has them
maximum_signature_line_length = 80
nitpicky = True
nitpick_ignore = [
    # From other projects, whose inventories are on the network.
    ("py:class", "hypothesis.strategies.SearchStrategy"),
    ("py:class", "Figure"),
    # Not public: what `EngineConfig` computes from a level.
    ("py:class", "zcpolicy._model.inputs.Level"),
    # A Literal of the fields of `Parameters`, which Sphinx reads from the source of an overload.
    ("py:class", "ParameterName"),
    # Plain tuples, described where they are used.
    ("py:class", "zcpolicy._advice.goal.Ends"),
    ("py:class", "zcpolicy._many.survey.UpdatedHost"),
    ("py:class", "zcpolicy._many.survey.Bad"),
    ("py:class", "zcpolicy._many.survey.Blocker"),
]

# Quotes and dashes in the tables belong to JSON and options.
smartquotes = False

html_theme = "furo"
html_title = f"zcpolicy {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False


# The pages at the root of the repository.
_ROOT_PAGES = {name.lower(): name for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")}


def _read(_: Any, page: str, source: List[str]) -> None:
    """Insert what a page has only on the site: the drawing, and the text of a root page."""
    if page in _ROOT_PAGES:
        text = Path(__file__).parent.parent.joinpath(f"{_ROOT_PAGES[page]}.md").read_text("utf-8")
        for low, name in _ROOT_PAGES.items():
            text = text.replace(f"]({name}.md)", f"]({low}.md)")
        source[0] = text.replace("](docs/", "](")
    elif "<!-- drawing: modules -->" in source[0]:
        drawn = modules.drawing(modules.rooms(modules.checked(modules.imports())))
        directive = f"```{{graphviz}}\n:alt: The rooms, and what imports what\n{drawn}\n```"
        source[0] = source[0].replace("<!-- drawing: modules -->", directive)


# Longer defaults, in characters, are not shown.
_DEFAULT_MAX = 40


def _defaults(_: Any, what: str, name: str, thing: Any, *rest: Any) -> Optional[Tuple[str, str]]:
    """Show the defaults of an attrs class, whose own signature only says where they are kept."""
    _, signature, returned = rest
    if what != "class" or not signature or not attr.has(thing):
        return None
    kept = attr.fields_dict(thing)

    def shown(found: "re.Match[str]") -> str:
        text = repr(kept[found[1]].default)
        return text if len(text) < _DEFAULT_MAX else "..."

    said = re.sub(r"attr_dict\['(\w+)'\]\.default", shown, signature)
    for field in kept.values():
        # If the class has its own signature, the values are in it.
        text = repr(field.default)
        said = said.replace(text, "..." if len(text) >= _DEFAULT_MAX else text)
    return said, returned


def _draw(_: Any) -> None:
    """Draw the pictures of the pages, with the commands that the pages name."""
    here = Path(__file__).parent
    (here / "pictures").mkdir(exist_ok=True)
    forecast_pictures.draw(here / "pictures")
    drawing = modules.drawing(modules.checked(modules.imports()))
    svg = ["dot", "-Tsvg", "-o", str(here / "pictures/modules.svg")]
    subprocess.run(svg, input=drawing, encoding="utf-8", check=True)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", _draw)
    app.connect("autodoc-process-signature", _defaults)
    app.connect("source-read", _read)
    pages.connect(app)
