"Sphinx configuration; `python docs/build.py` writes Sphinx's sources from the notebooks first."
from importlib.util import find_spec
from pathlib import Path

from nbdev.config import get_config

cfg = get_config()
project,author,copyright = cfg.title,cfg.author,cfg.copyright
release = version = cfg.version
extensions,bibtex_bibfiles = ['myst_nb', 'sphinxcontrib.bibtex'],['../nbs/references.bib']
myst_enable_extensions = ['amsmath', 'dollarmath', 'colon_fence']
myst_heading_anchors = 4
nb_execution_mode = 'off'                 # outputs are those committed in the notebooks
nb_merge_streams = True
numfig = True
math_numfig = False                       # equations are counted through the page, as a reader counts them
# MathJax as one file from the package registry: pages need no network
html_static_path = [str(Path(find_spec('sphinx-mathjax-offline').origin).parent/'static/mathjax/tex-svg.js'), 'book.css']
mathjax_path = 'tex-svg.js'
html_css_files = ['book.css']
html_theme,html_title,html_short_title = 'furo',f'{cfg.title} {cfg.version}',cfg.title
html_theme_options = dict(source_repository=cfg.git_url, source_branch=cfg.branch, source_directory='nbs/')
html_copy_source = html_show_sourcelink = False
html_last_updated_fmt = None
html_show_search_summary = False           # it would fetch pages, which a browser forbids for files
nb_render_markdown_format = 'gfm'          # outputs have tables
