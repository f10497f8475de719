"Sphinx's configuration; `python docs/build.py` writes its sources from the notebooks first."

from importlib.util import find_spec
from pathlib import Path

from nbdev.config import get_config

config = get_config()
project = config.title
author = config.author
copyright = config.copyright
version = config.version
release = config.version

extensions = ['myst_nb', 'sphinxcontrib.bibtex']
bibtex_bibfiles = ['../nbs/references.bib']
myst_enable_extensions = ['amsmath', 'dollarmath', 'colon_fence', 'attrs_inline']
myst_heading_anchors = 4

nb_execution_mode = 'off'                 # outputs are those committed in the notebooks
nb_merge_streams = True
nb_code_prompt_show = 'the code'
nb_code_prompt_hide = 'hide the code'
nb_render_markdown_format = 'gfm'         # outputs have tables

numfig = True
math_numfig = False                       # equations are counted through the page, as by a reader

# MathJax as one file from the package registry: pages need no network
mathjax = Path(find_spec('sphinx-mathjax-offline').origin).parent/'static'/'mathjax'/'tex-svg.js'
mathjax_path = mathjax.name
html_static_path = [str(mathjax), 'book.css']
html_css_files = ['book.css']

html_theme = 'furo'
html_title = f'{config.title} {config.version}'
html_short_title = config.title
html_theme_options = dict(top_of_page_buttons=[])     # pages end with a link to their notebook
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_show_search_summary = False          # it would fetch pages, which a browser forbids for files
