"""Entries: what the book shows of an exported cell.

A heading with the names that the cell defines, to be linked to. Where the cell is `exports`, its
code; else each signature and docstring, with the code folded below."""

import ast
from dataclasses import dataclass

from dialect import anchor

EXPORTED = {'export', 'exports'}
DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def is_import(node) -> bool:
    "An import, for all or for readers of types"
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == 'TYPE_CHECKING'
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_public(node) -> bool:
    return isinstance(node, DEFINITION) and not node.name.startswith('_')


@dataclass(frozen=True)
class Entry:
    "An exported cell"
    code: str
    in_full: bool           # shown, not folded

    @classmethod
    def of(cls, cell):
        "The entry of a cell, or None where it exports nothing but imports"
        directives = EXPORTED & cell.directives_.keys()
        if cell.cell_type != 'code' or not directives or 'hide' in cell.directives_:
            return None
        code = cell.source.strip('\n')
        made = cls(code, 'exports' in directives)
        return made if made.says_something else None

    @property
    def body(self):
        return ast.parse(self.code).body

    @property
    def says_something(self) -> bool:
        return not all(is_import(node) for node in self.body)

    @property
    def names(self) -> list:
        return [node.name for node in self.body if is_public(node)]

    def heading(self, page, level) -> str:
        "Targets, and a heading that stands in the contents; nothing for a cell without definitions"
        if not self.names:
            return ''
        targets = [f'({anchor(page, name)})=' for name in self.names]
        title = ', '.join(f'`{name}`' for name in self.names)
        marks = '#'*level
        return '\n'.join([*targets, f'{marks} {title}'])

    def text(self) -> str:
        "Of code that is folded: each signature and docstring, in Quarto's Markdown"
        if self.in_full:
            return ''
        lines = self.code.splitlines()
        public = [node for node in self.body if is_public(node)]
        return '\n\n'.join(part for node in public for part in said(node, lines))


# -- where the source is

def lines_of(module) -> dict:
    "name -> line of every function and class of a module's text"
    body = ast.parse(module).body
    return {node.name: node.lineno for node in body if isinstance(node, DEFINITION)}


# -- signatures

def said(node, lines):
    "Signature, docstring, and where further keywords are said"
    stub = class_stub if isinstance(node, ast.ClassDef) else signature
    yield '```python\n' + '\n'.join(stub(node, lines)) + '\n```'
    documentation = ast.get_docstring(node)
    if documentation:
        yield documentation
    for name in delegated(node):
        yield f'Further keywords are those of `{name}`.'


def delegated(node):
    "Whose keywords a function takes: X of `@delegates(X)`"
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == 'delegates':
            yield ast.unparse(decorator.args[0])


def signature(node, lines) -> list:
    "The lines of a definition above its body, its decorators among them"
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.body[0].lineno - 1
    shown = lines[first - 1:max(last, first)]
    if last < node.lineno:                              # def f(x): return x, on one line
        return shown
    while shown[-1].strip().startswith('#'):            # a comment that belongs to the body
        shown = shown[:-1]
    return [*shown[:-1], ended(shown[-1])]


def ended(line):
    "The last line of a signature, with an ellipsis for the body"
    code, mark, comment = line.partition('  #')
    dots = code.rstrip() + ' ...'
    return f'{dots}{mark}{comment}' if mark else dots


def class_stub(node, lines) -> list:
    "A class's first lines, its fields, and the signatures of its methods"
    shown = signature(node, lines)
    inside = []
    for part in node.body:
        if isinstance(part, ast.AnnAssign):
            inside += lines[part.lineno - 1:part.end_lineno]
        elif isinstance(part, ast.FunctionDef) and is_shown(part):
            inside += signature(part, lines)
    if inside:
        shown[-1] = shown[-1].replace(': ...', ':')
    return shown + inside


def is_shown(method) -> bool:
    "Public methods, and those behind syntax, such as `report[i]` or `a - b`"
    name = method.name
    special = name.startswith('__') and name not in ('__post_init__', '__repr__')
    return special or not name.startswith('_')
