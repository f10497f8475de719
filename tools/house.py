"""The house rules, checked: `python tools/house.py`; its exit status is 0 if they hold.

Explicit imports that run one way, abilities asked in one room, short lines, few parameters, small
rooms; then ruff and mypy on what people wrote (the lines that nbdev generates are exempt)."""
import ast
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT/'infsubopt'
WIDTH = 100
MOST_PARAMETERS = 8
MOST_LINES = 300
COMMANDS = {'decompose', 'infsubopt_table1', 'infsubopt_latent2d', 'infsubopt_bench'}
GENERATED = {'__init__', '_modidx'}


def rooms():
    "name -> source of every module that a notebook gives"
    files = sorted(PACKAGE.glob('*.py'))
    return {f.stem: f.read_text() for f in files if f.stem not in GENERATED}


def written(source):
    "The source with nbdev's own lines emptied: the claim, the list of names, the cells' marks"
    lines = source.splitlines()
    first = lines[0]
    if len(first) > WIDTH:
        lines[0] = first[:WIDTH - 4].rstrip('"') + '"""'
    inside = False
    for i, line in enumerate(lines):
        inside = inside or line.startswith('__all__')
        ended = inside and line.rstrip().endswith(']')
        if inside:
            lines[i] = ''
        if line.startswith('# %%'):
            lines[i] = '#'
        inside = inside and not ended
    return '\n'.join(lines) + '\n'


def imported(tree):
    "The rooms that a module imports at its top, and those that it imports by *"
    found, stars = set(), []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f'infsubopt.{node.module}' if node.level else node.module]
            stars += [names[0] for alias in node.names if alias.name == '*']
        else:
            continue
        found |= {name.removeprefix('infsubopt.') for name in names}
    return found, stars


def circles(graph):
    "Rooms that cannot be put in an order in which each imports only those before it"
    left = dict(graph)
    while True:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            return sorted(left)
        for name in free:
            del left[name]


def asks(tree):
    "Lines that ask what an object can do: hasattr, getattr with a default, AttributeError"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name == 'hasattr' or (name == 'getattr' and len(node.args) == 3):
                yield node.lineno
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            if 'AttributeError' in ast.unparse(node.type):
                yield node.lineno


def parameters(node):
    "How many a function takes, self aside; ** counts as one"
    a = node.args
    given = [x.arg for x in a.posonlyargs + a.args + a.kwonlyargs]
    return len([g for g in given if g not in ('self', 'cls')]) + (a.kwarg is not None)


def faults(name, source):
    "What breaks the rules in a room"
    tree = ast.parse(source)
    _, stars = imported(tree)
    for star in stars:
        yield f'{name}: from {star} import *'
    for line in asks(tree):
        if name != 'protocols':
            yield f'{name}:{line}: asks for an ability; that is the room protocols'
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.name in COMMANDS:
            continue
        if parameters(node) > MOST_PARAMETERS:
            yield f'{name}:{node.lineno}: {node.name} takes {parameters(node)} parameters'
    lines = [line for line in written(source).splitlines() if line.strip()]
    code = [line for line in lines if not line.strip().startswith('#')]
    if len(code) > MOST_LINES:
        yield f'{name}: {len(code)} lines, more than {MOST_LINES}'


def linted(sources):
    "Whether ruff is content with the package as people wrote it, and with the scripts"
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)/'infsubopt'
        package.mkdir()
        for name, source in sources.items():
            (package/f'{name}.py').write_text(written(source))
        (package/'__init__.py').write_text((PACKAGE/'__init__.py').read_text())
        config = ['--config', ROOT/'pyproject.toml', '--no-cache', '--output-format', 'concise']
        places = [package, ROOT/'docs', ROOT/'tools', ROOT/'tests']
        call = [sys.executable, '-m', 'ruff', 'check', *config, *places]
        return subprocess.run(list(map(str, call))).returncode == 0


def typed():
    "Whether mypy is content"
    call = [sys.executable, '-m', 'mypy']
    return subprocess.run(call, cwd=ROOT).returncode == 0


def main():
    sources = rooms()
    found = [fault for name, source in sources.items() for fault in faults(name, source)]
    graph = {name: imported(ast.parse(source))[0] for name, source in sources.items()}
    turning = circles({name: needs & graph.keys() for name, needs in graph.items()})
    if turning:
        found.append(f'imports that do not run one way: {turning}')
    for fault in found:
        print(fault)
    print(f'{len(sources)} rooms, {len(found)} faults')
    return 0 if linted(sources) and typed() and not found else 1


if __name__ == '__main__':
    sys.exit(main())
