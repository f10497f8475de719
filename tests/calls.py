"""Short calls for the table: as little work as possible, and files and command lines to spoil."""

import gzip
import shlex
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from infsubopt import decompose, elbo, fit_local, iwae, load_data, log_px, posterior_collapse, train
from infsubopt.benchmarks import infsubopt_bench
from infsubopt.bracket import bdmc, sandwich
from infsubopt.evidence import AnnealSettings
from infsubopt.files import load_tensors, run_folder, save_tensors
from infsubopt.gaps import GapReport
from infsubopt.loss import check_loss
from infsubopt.plane_view import infsubopt_latent2d
from infsubopt.table1 import infsubopt_table1
from tests.models import (
    BITS,
    SOUND,
    Noisy,
    OwnGradient,
    Q,
    Sampled,
    Sound,
    Spoiled,
    X,
    answers,
    coder,
    decoder,
    draws,
    images,
    likely,
    parts,
    priors,
    vae,
)

QUIET = dict(progress=False)
FAST = AnnealSettings(target=1., temperatures=(4, 8), chains=(4, 8), budget=1)


def gaps(model=SOUND, x=X, q=None, **settings):
    "`decompose`, as small as it gets"
    usual = dict(families=('ffg',), budget=1, target_nats=1., start='prior') | QUIET
    return decompose(model, x, q, **(usual | settings))


def local(model=SOUND, x=X, q=None, **settings):
    "`fit_local`"
    return fit_local(model, x, q, **(dict(families=('ffg',)) | QUIET | settings))


def evidence(model=SOUND, x=X, q=None, **settings):
    "`log_px`"
    return log_px(model, x, q, **(dict(settings=FAST) | QUIET | settings))


def bound(model=SOUND, x=X, q=None, **settings):
    "`elbo`"
    return elbo(model, x, q, **(dict(n=8) | QUIET | settings))


def weighted(model=SOUND, x=X, q=None, **settings):
    "`iwae`"
    return iwae(model, x, q, **(dict(n=8) | QUIET | settings))


def code(model=SOUND, x=X, q=None, **settings):
    "`posterior_collapse`"
    return posterior_collapse(model, x, q, **(QUIET | settings))


def both_ways(model=SOUND, x=X, z=None, start=Q, **settings):
    "`bdmc`"
    z = torch.zeros(len(X), 2) if z is None else z
    return bdmc(model, x, z, start, **(dict(settings=FAST) | QUIET | settings))


def sides(model=SOUND, x=X, z=None, q=None, **settings):
    "`sandwich`"
    z = torch.zeros(len(X), 2) if z is None else z
    return sandwich(model, x, z, q, **(QUIET | settings))


def trained(model=None, x=BITS, epochs=1, **settings):
    "`train`"
    return train(vae() if model is None else model, x, epochs, **(QUIET | settings))


def loss(change) -> str:
    "What `check_loss` says of a small VAE's loss, change(its bounds (N,))"
    value = bound(vae(), BITS, n=2000)
    return repr(check_loss(vae(), BITS, change(value), n=64, **QUIET))


def likelihood(change):
    "Gaps of the sound model after change(value (S, N), x, z) of log p(x|z)"
    return gaps(likely(change))


def prior(change):
    "After change(value (S, N), z) of log p(z)"
    return gaps(priors(change))


def answer(change):
    "After change(q, x) of the posterior"
    return gaps(answers(change))


def moved(change):
    "After change(tensor, x) of the posterior's tensors"
    return answer(lambda q, x: q.map(lambda t: change(t, x)))


def gradient(change):
    "With a gradient of its own after change(value, grad)"
    return gaps(OwnGradient(change))


def moments(mean, deviation):
    "With these moments of the prior"
    return gaps(Spoiled(prior_moments=lambda: (mean, deviation)))


def spoiled(families=('ffg',), **members):
    "With other members of the model"
    return gaps(Spoiled(**members), families=families)


def sampler(draw, log_prob=None):
    "With a posterior that samples by draw(q, n), and has log_prob(q, z)"
    return gaps(q=Sampled(draw, log_prob))


def drawn(change):
    "With a posterior after change(z, log_q) of its samples"
    return sampler(lambda q, n: change(*draws(q, n)))


def density(log_prob):
    "With a posterior whose density is log_prob(q, z)"
    return sampler(draws, log_prob)


def noisy(from_noise=None, noise_dim=2):
    "With a posterior made of noise by from_noise(q, eps)"
    return gaps(q=Noisy(from_noise, noise_dim))


def encoder(change=None, outputs=4, **settings):
    "Gaps of two modules, the encoder's answer after change(h)"
    return gaps(parts(coder(change, outputs), **settings), BITS)


def deviations(d: int):
    "Gaps of an encoder of d latents that gives a mean and a deviation"
    return encoder(lambda h: (h[:, :d], h[:, d:].exp()), 2*d, dec=decoder(inputs=d), latent_dim=d)


def decoding(*after, train=False, **settings):
    "Gaps of two modules, the decoder's output after some more modules"
    return gaps(parts(dec=decoder(*after), **settings).train(train), BITS)


def state(model) -> tuple:
    "What an analysis must leave as it was"
    modes = [module.training for module in model.modules()]
    grads = [p.requires_grad for p in model.parameters()]
    drawn_so_far = torch.get_rng_state().tolist()
    return modes, grads, torch.is_grad_enabled(), drawn_so_far


def leaves(measure, x=BITS) -> bool:
    "Whether a model in the midst of its training is left as it was, after an error too"
    model = vae().train()
    model.dec[0].eval().weight.requires_grad_(False)
    before = state(model)
    try:
        measure(model, x)
    except ValueError:
        pass
    return state(model) == before


def side_by_side(measure) -> bool:
    "Whether three threads on one model find what one finds, and leave the model as it was"
    model = vae().train()
    before = state(model)
    alone = measure(model, BITS)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: measure(model, BITS), range(3)))
    return state(model) == before and all(torch.equal(alone, value) for value in found)


def same(a, b) -> bool:
    "Whether two reports say the same of every image"
    rows = b.rows()
    return all(torch.equal(v, rows[name]) for name, v in a.rows().items())


# Files

REPORT = 'report.safetensors'
MODEL = 'model.safetensors'
SETTINGS_FILE = 'settings.json'


def file(path: Path, content: bytes | str = b'') -> Path:
    "A file with this content, and its folder"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def tensors(path: Path, **named) -> Path:
    "A safetensors file of ours"
    save_tensors(file(path), {name: torch.as_tensor(t) for name, t in named.items()})
    return path


def foreign(path: Path) -> Path:
    "A safetensors file of somebody else"
    save_file(dict(weight=torch.zeros(2)), file(path))
    return path


def checkpoint(path: Path, model=None, **settings) -> Path:
    "That of a training"
    path.parent.mkdir(parents=True, exist_ok=True)
    trained(model, path=path, **settings)
    return path


def resumed(folder: Path, model=None, **settings):
    "A training that goes on from another one's checkpoint"
    return trained(model, path=checkpoint(folder/'a'), **settings)


KEPT: list = []


def report() -> GapReport:
    "A finished one, made once"
    if not KEPT:
        KEPT.append(gaps())
        Sound.asked = 0      # that was none of the line's work
    return KEPT[0]


def saved(path: Path) -> Path:
    "It, in a file"
    path.parent.mkdir(parents=True, exist_ok=True)
    report().save(path)
    return path


def altered(folder: Path, change):
    "What is loaded from its file after change(tensors, meta), in place"
    named, meta = load_tensors(saved(folder/'a'))
    change(named, meta)
    save_tensors(folder/'a', named, meta)
    return GapReport.load(folder/'a')


def shorten(named: dict, name: str) -> None:
    "One row less"
    named[name] = named[name][:-1]


def twice(named: dict, name: str) -> None:
    "Two columns"
    named[name] = torch.stack([named[name]]*2, 1)


def rerun(folder: Path, change):
    "A training that goes on after change(tensors, meta) of its checkpoint, in place"
    named, meta = load_tensors(checkpoint(folder/'a'))
    change(named, meta)
    save_tensors(folder/'a', named, meta)
    return trained(path=folder/'a')


def more(path: Path) -> Path:
    "A file that goes on after its end"
    path.write_bytes(path.read_bytes() + b'and more')
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    "A file that was not written to its end"
    raw = path.read_bytes()
    path.write_bytes(raw[:int(share*len(raw))])
    return path


def begun(folder: Path, content: bytes | str, **here):
    "A run into a folder with these settings in it"
    return run_folder(file(folder/SETTINGS_FILE, content).parent, here)


def idx(path: Path, shape=(3, 2, 2), body: int = None, kind: int = 8, zipped=False) -> Path:
    "An IDX file whose header announces `shape`, with `body` bytes after it"
    dims = b''.join(int(n).to_bytes(4, 'big', signed=n < 0) for n in shape)
    n = int(np.prod(shape)) if body is None else body
    raw = bytes([0, 0, kind, len(shape)]) + dims + bytes(n)
    return file(path, gzip.compress(raw) if zipped else raw)


def mnist(folder: Path, images=(3, 28, 28), labels=(3,), **spoiled):
    "A data folder, and what `load_data` makes of it"
    for split in ('train', 't10k'):
        idx(folder/f'MNIST/raw/{split}-images-idx3-ubyte', images, **spoiled)
        idx(folder/f'MNIST/raw/{split}-labels-idx1-ubyte', labels)
    return load_data('mnist', 'train', data=folder)


def cube(path: Path) -> Path:
    "The checkpoint of a model of digits with three latents"
    x = (images(4, 8, 8) > 0).float()
    return checkpoint(path, vae((8, 8), 3), x=x)


# Commands


def command(main, line: str) -> None:
    "A command, in this process"
    main(shlex.split(line))


def table1(line: str = '') -> None:
    "`infsubopt_table1`"
    command(infsubopt_table1, line)


def bench(line: str = '') -> None:
    "`infsubopt_bench`"
    command(infsubopt_bench, line)


def latent2d(line: str = '') -> None:
    "`infsubopt_latent2d`"
    command(infsubopt_latent2d, line)


def over(main, folder: Path, name: str, content='x') -> None:
    "A command whose folder holds a file of this name: a text, or what content(path) writes"
    path = folder/'o'/name
    content(path) if callable(content) else file(path, content)
    few = '--few 1' if main is bench else ''
    main(f'--points 2 --epochs 1 {few} --out {folder/"o"}')


def over_data(main, folder: Path) -> None:
    "A command whose data are damaged"
    for name in ('images-idx3', 'labels-idx1'):
        file(folder/f'train-{name}-ubyte', 'x')
    main(f'--dataset mnist --data {folder} --points 2 --epochs 1')


def interrupted(main, folder: Path, seconds: float = 1.) -> None:
    "A command that would take long, and Ctrl-C after a while"
    def stop(*_):
        raise KeyboardInterrupt
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        main(f'--epochs 99999 --out {folder/"o"}')
    except KeyboardInterrupt:
        raise AssertionError('Ctrl-C ended it with a traceback') from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
