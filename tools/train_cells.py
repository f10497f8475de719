"""Train cells of Table 1 at the paper's scale, one after the other, and keep their weights.

`python tools/train_cells.py train RUNS DATA` trains, one thread, resumable; `... keep RUNS` writes
what it has, rounded to float16, with settings and log to nbs/results/trainings. A later chapter
measures exactly these weights."""
import json
import sys
import time
from itertools import product
from pathlib import Path

import torch

from infsubopt.cells import SIZES, make_cell
from infsubopt.data import load_data
from infsubopt.files import load_tensors, save_tensors, write_text
from infsubopt.training import train

KEPT = Path(__file__).resolve().parent.parent/'nbs'/'results'/'trainings'
MODES = dict(fashion='threshold', mnist='soft')
FAMILIES = ('FFG', 'Flow')
RATES = dict(FFG=2e-3, Flow=1e-3)     # at 2e-3 the flow on Fashion-MNIST ran away at epoch 42


def jobs():
    "(data set, cell, epochs), the most wanted first"
    columns = ('Regular', 'No Anneal', 'Large')
    cells = product(MODES, columns, FAMILIES)
    short = [(data, f'{column} {family}', 300) for data, column, family in cells]
    long = [(data, f'Regular {family}', 1000) for family, data in product(FAMILIES, MODES)]
    return short + long


def name_of(dataset, cell, epochs):
    return f"{dataset}-{cell.replace(' ', '_').lower()}-{epochs}"


def images(dataset, data):
    "The training images as the reference code's file has them: MNIST is raw/256 there"
    x, _ = load_data(dataset, 'train', MODES[dataset], data)
    return x*(255/256) if dataset == 'mnist' else x


def train_one(job, runs, data):
    "One training, from its checkpoint if there is one"
    dataset, cell, epochs = job
    folder = runs/name_of(*job)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder/'done').exists():
        return
    family = cell.split()[-1]
    x = images(dataset, data)
    model = make_cell(cell, x.shape[1:], SIZES[dataset], 0)
    begun = time.time()

    def watch(epoch, model):
        if (epoch + 1) % 10 == 0:
            with open(folder/'log.txt', 'a') as log:
                print(epoch + 1, f'{time.time() - begun:.0f} s', file=log)

    anneal = None if cell.startswith('No Anneal') else 'entropy'
    checkpoint = dict(path=folder/'model.safetensors', every=10, watch=watch, progress=False)
    train(model, x, epochs, lr=RATES[family], anneal=anneal, **checkpoint)
    write_text(folder/'done', f'{time.time() - begun:.0f} s\n')


def keep(job, runs):
    """The weights of a training, rounded to float16, with what they are and how they came about.

    An unfinished one keeps its optimizer's state too, so that it can be picked up again."""
    dataset, cell, epochs = job
    file = runs/name_of(*job)/'model.safetensors'
    if not file.exists():
        return
    tensors, meta = load_tensors(file)
    done = len(meta['history'])
    finished = done == epochs
    wanted = [name for name in tensors if name.startswith('model.') or not finished]
    about = dict(
        dataset=dataset,
        cell=cell,
        mode=MODES[dataset],
        scale='raw/256' if dataset == 'mnist' else 'raw/255, cut at 0.5',
        epochs_done=done,
        finished=finished,
        command='python tools/train_cells.py train RUNS DATA',
        torch=torch.__version__,
    )
    KEPT.mkdir(parents=True, exist_ok=True)
    target = KEPT/f'{name_of(*job)}.safetensors'
    save_tensors(target, {name: tensors[name].half() for name in wanted}, meta | about)
    write_text(target.with_suffix('.json'), json.dumps(meta | about, indent=1))
    print(name_of(*job), f'{done} of {epochs} epochs')


def main():
    torch.set_num_threads(1)
    action, runs, *rest = sys.argv[1:]
    for job in jobs():
        if action == 'train':
            train_one(job, Path(runs), *rest)
        else:
            keep(job, Path(runs))


if __name__ == '__main__':
    main()
