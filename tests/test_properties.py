"""What holds for every shape, dtype, order and cut of the work, on examples made at random."""

import gzip
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch import distributions as D

from infsubopt import Bernoulli, Gaussian, elbo, fit_local, iwae, posterior_collapse
from infsubopt.arguments import finite, whole
from infsubopt.bounds import Bound, log_mean_exp, pareto_k
from infsubopt.bracket import certificate
from infsubopt.data import binarize, read_idx
from infsubopt.estimates import Estimate
from infsubopt.files import load_tensors, save_tensors
from infsubopt.flows import AuxFlow
from infsubopt.gaussians import (
    FFG,
    FullRank,
    as_posterior,
    cross_log_prob,
    first_units,
    soft_bound,
    soft_unbound,
    standard_normal,
)
from infsubopt.kernels import elu, softplus
from infsubopt.likelihoods import sum_event
from infsubopt.memory import Memory
from infsubopt.mixture import dealt, shared_out, with_inverses
from infsubopt.noise import Noise, seed_of
from infsubopt.ppca import LinearGaussian
from infsubopt.problem import opened
from infsubopt.quadrature import grid_posterior
from tests.calls import idx
from tests.models import SOUND, likely, vae

settings.register_profile('gate', derandomize=True, deadline=None, max_examples=25, database=None)
settings.load_profile('gate')

QUIET = dict(progress=False)
seeds = st.integers(0, 10**6)
few = st.integers(1, 5)
dtypes = st.sampled_from([torch.float32, torch.float64])
events = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
orders = st.integers(1, 6).flatmap(lambda n: st.permutations(range(n)))


def normal(*shape: int, seed: int = 0, dtype=torch.float64) -> Tensor:
    "Normal numbers"
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=stream, dtype=dtype)


def strided(t: Tensor) -> Tensor:
    "The same numbers, laid out otherwise"
    wide = torch.stack([t, t], -1)[..., 0]
    assert wide.numel() < 2 or not wide.is_contiguous()
    return wide


def close(a: Tensor, b: Tensor, exact: float = 1e-9) -> None:
    "Equal up to rounding, in shape and dtype as well"
    rough = 1e-4 if a.dtype == torch.float32 else exact
    torch.testing.assert_close(a, b, rtol=rough, atol=rough)


def gaussian(kind: str, N: int, d: int, seed: int, dtype=torch.float64):
    "Some Gaussian"
    mu = normal(N, d, seed=seed, dtype=dtype)
    spread = normal(N, d, seed=seed + 1, dtype=dtype)
    if kind == 'ffg':
        return FFG(mu=mu, log_var=spread)
    lower = 0.3*normal(N, d, d, seed=seed + 2, dtype=dtype)
    return FullRank(mu=mu, log_diag=0.5*spread, lower=lower)


kinds = st.sampled_from(['ffg', 'full_rank'])
gaussians = st.builds(gaussian, kinds, few, few, seeds, dtypes)


# Gaussians


@given(gaussians, few, seeds)
def test_samples_have_the_density_that_comes_with_them(q, S, seed):
    eps = normal(S, q.N, q.noise_dim, seed=seed, dtype=q.mu.dtype)
    z, log_q = q.from_noise(eps)
    assert z.shape == eps.shape
    assert log_q.shape == (S, q.N)
    assert z.dtype == log_q.dtype == q.mu.dtype
    close(q.log_prob(z), log_q)


@given(gaussians, few, seeds)
def test_density_is_that_of_torch(q, S, seed):
    z = normal(S, q.N, q.noise_dim, seed=seed, dtype=q.mu.dtype)
    L = FullRank.from_ffg(q).L if isinstance(q, FFG) else q.L
    close(q.log_prob(z), D.MultivariateNormal(q.mu, scale_tril=L).log_prob(z))


@given(gaussians, few, seeds)
def test_layout_does_not_matter(q, S, seed):
    z = normal(S, q.N, q.noise_dim, seed=seed, dtype=q.mu.dtype)
    close(q.map(strided).log_prob(strided(z)), q.log_prob(z))


@given(orders, kinds, few, seeds)
def test_rows_go_with_their_images(order, kind, d, seed):
    q = gaussian(kind, len(order), d, seed)
    i = torch.tensor(order)
    eps = normal(3, len(order), d, seed=seed)
    z, log_q = q.from_noise(eps)
    moved, log_moved = q[i].from_noise(eps[:, i])
    close(moved, z[:, i])
    close(log_moved, log_q[:, i])


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), kinds, few, seeds)
def test_joined_parts_are_the_whole(sizes, kind, d, seed):
    q = gaussian(kind, sum(sizes), d, seed)
    parts = [q[i] for i in torch.arange(sum(sizes)).split(sizes)]
    again = type(q).joined(parts)
    assert len(again) == len(q)
    for name, t in q.p.items():
        assert torch.equal(again.p[name], t)


@given(kinds, few, few, seeds)
def test_one_row_for_all_is_the_same_row_for_each(kind, N, d, seed):
    one = gaussian(kind, 1, d, seed)
    each = one.map(lambda t: t.expand(N, *t.shape[1:]))
    z = normal(2, N, d, seed=seed)
    close(one.log_prob(z), each.log_prob(z))


@given(gaussians, seeds)
def test_affine_changes_the_volume(q, seed):
    N, d = q.mu.shape
    dtype = q.mu.dtype
    loc = normal(N, d, seed=seed, dtype=dtype)
    scale = normal(N, d, seed=seed + 1, dtype=dtype).exp()
    z = normal(3, N, d, seed=seed + 2, dtype=dtype)
    moved = q.affine(loc, scale).log_prob(loc + scale*z)
    close(moved, q.log_prob(z) - scale.log().sum(-1), 1e-8)


@given(gaussians, st.data())
def test_first_units_are_a_marginal(q, data):
    k = data.draw(st.integers(1, q.noise_dim))
    some = first_units(q, k)
    assert some.mu.shape == (q.N, k)
    eps = normal(4, q.N, q.noise_dim, dtype=q.mu.dtype)
    close(some.from_noise(eps[..., :k])[0], q.from_noise(eps)[0][..., :k])


@given(few, few, seeds, dtypes)
def test_a_pair_is_an_ffg(N, d, seed, dtype):
    q = gaussian('ffg', N, d, seed, dtype)
    both = torch.cat([q.mu, q.log_var], -1)
    for out in ((q.mu, q.log_var), both, strided(both)):
        read = as_posterior(out, d)
        assert torch.equal(read.mu, q.mu)
        assert torch.equal(read.log_var, q.log_var)


@given(gaussians, st.integers(1, 7), seeds)
def test_every_code_under_every_posterior(q, M, seed):
    z = normal(M, q.noise_dim, seed=seed, dtype=q.mu.dtype)
    table = torch.cat(list(cross_log_prob(q, z, q.N)))
    assert table.shape == (M, q.N)
    for m in range(M):
        here = z[m].expand(1, q.N, -1)
        torch.testing.assert_close(table[m], q.log_prob(here)[0].double(), rtol=1e-5, atol=1e-5)


@given(st.floats(-3.5, 3.5), st.floats(-16, -0.1), st.floats(0.1, 4))
def test_soft_bounds_hold_and_are_undone(raw, lo, hi):
    t = torch.tensor(raw, dtype=torch.float64)
    bounded = soft_bound(t, lo, hi)
    assert lo - 1e-9 <= bounded <= hi + 1e-9
    if lo + 1e-3 < bounded < hi - 1e-3:
        close(soft_unbound(bounded, lo, hi), t, 1e-5)


# Flows


@given(kinds, few, st.integers(1, 4), seeds, dtypes)
def test_a_flow_begins_as_its_gaussian(kind, N, d, seed, dtype):
    q = gaussian(kind, N, d, seed, dtype)
    torch.manual_seed(seed)
    flow = AuxFlow.from_gaussian(q, 3)
    z, log_q = flow.from_noise(normal(5, N, flow.noise_dim, seed=seed, dtype=dtype))
    assert z.shape == (5, N, d)
    assert log_q.shape == (5, N)
    assert z.dtype == log_q.dtype == dtype
    close(log_q, q.log_prob(z), 1e-6)


@given(orders, st.integers(1, 3), seeds)
def test_flows_go_with_their_images(order, d, seed):
    N = len(order)
    torch.manual_seed(seed)
    flow = AuxFlow.from_gaussian(gaussian('full_rank', N, d, seed), 3).localize()
    flow = flow.map(lambda t: t + 0.1*normal(*t.shape, seed=seed))
    i = torch.tensor(order)
    eps = normal(4, N, flow.noise_dim, seed=seed)
    z, log_q = flow.from_noise(eps)
    moved, log_moved = flow[i].from_noise(eps[:, i])
    close(moved, z[:, i])
    close(log_moved, log_q[:, i])


# Mixtures


def mixture(N: int, K: int, d: int, seed: int):
    "Some mixture of K Gaussians for each image"
    L = gaussian('full_rank', N*K, d, seed).L.view(N, K, d, d)
    log_share = shared_out(normal(N, K, seed=seed + 3))
    return with_inverses(2*normal(N, K, d, seed=seed + 4), L, log_share)


@given(few, few, st.integers(1, 3), seeds)
def test_a_mixture_is_that_of_torch(N, K, d, seed):
    q = mixture(N, K, d, seed)
    z, log_q = q.from_noise(normal(5, N, d + 1, seed=seed))
    parts = D.MultivariateNormal(q.p['mu'], scale_tril=q.p['L'])
    known = D.MixtureSameFamily(D.Categorical(logits=q.p['log_share']), parts)
    close(q.log_prob(z), known.log_prob(z), 1e-7)
    close(log_q, q.log_prob(z))


@given(few, few, st.integers(1, 100), seeds)
def test_hills_get_their_shares(N, K, S, seed):
    log_share = shared_out(3*normal(N, K, seed=seed))
    k = dealt(log_share, normal(N, seed=seed + 1), S)
    counts = torch.stack([row.bincount(minlength=K) for row in k.T])
    assert (counts.sum(1) == S).all()
    assert ((counts - S*log_share.exp()).abs() < 1 + 1e-6).all()
    close(log_share.exp().sum(1), torch.ones(N, dtype=log_share.dtype))


@given(orders, few, st.integers(1, 3), seeds)
def test_mixtures_go_with_their_images(order, K, d, seed):
    q = mixture(len(order), K, d, seed)
    i = torch.tensor(order)
    eps = normal(4, len(order), d + 1, seed=seed)
    close(q[i].from_noise(eps[:, i])[0], q.from_noise(eps)[0][:, i])


# Bounds


@given(st.integers(1, 20), few, seeds, st.floats(-1e4, 1e4), dtypes)
def test_log_mean_exp_of_shifted_weights(S, N, seed, shift, dtype):
    log_w = normal(S, N, seed=seed, dtype=dtype)
    value = log_mean_exp(log_w)
    close(value, log_w.exp().mean(0).log())
    assert value.dtype == dtype
    assert (value <= log_w.amax(0) + 1e-6).all()
    moved = log_mean_exp(log_w + shift) - shift
    torch.testing.assert_close(moved, value, rtol=0, atol=2e-3 if dtype == torch.float32 else 1e-9)


@given(st.permutations(range(8)), seeds)
def test_log_mean_exp_has_no_order(order, seed):
    log_w = normal(8, 3, seed=seed)
    close(log_mean_exp(log_w[list(order)]), log_mean_exp(log_w))
    close(log_mean_exp(strided(log_w.T), 1), log_mean_exp(log_w))


@given(seeds, few)
def test_weights_of_zero_count(seed, N):
    log_w = normal(4, N, seed=seed)
    log_w[1] = -math.inf
    kept = log_w[[0, 2, 3]]
    close(log_mean_exp(log_w), log_mean_exp(kept) + math.log(3/4))
    nothing = torch.full_like(log_w, -math.inf)
    assert (log_mean_exp(nothing) == -math.inf).all()


@given(st.integers(30, 60), seeds, st.floats(-50, 50))
def test_tails_have_no_unit(S, seed, shift):
    log_w = 2*normal(S, 3, seed=seed)
    close(pareto_k(log_w + shift), pareto_k(log_w), 1e-6)


@given(st.integers(30, 60), orders, seeds)
def test_bounds_go_with_their_images(S, order, seed):
    log_w = normal(S, len(order), seed=seed)
    i = torch.tensor(order)
    whole_bound = Bound.of(log_w)[i]
    for name, t in vars(Bound.of(log_w[:, i])).items():
        close(t, vars(whole_bound)[name], 1e-6)
    assert (whole_bound.iwae >= whole_bound.value).all()


@given(st.integers(2, 30), seeds, st.floats(0.001, 0.999))
def test_certificates_lie_below_the_mean(N, seed, delta):
    log_z = normal(N, seed=seed)
    least = certificate(log_z, delta)
    assert least < log_z.mean()
    assert certificate(log_z + 5, delta) == pytest.approx(least + 5)


# Estimates


def estimate(N: int, seed: int, dtype=torch.float64) -> Estimate:
    "One with all kinds of doubt"
    value, *doubts = normal(5, N, seed=seed, dtype=dtype)
    se, few_, below, above = (t.abs() for t in doubts)
    return Estimate(value, se, se**4*few_, below, above)


@given(few, seeds, dtypes)
def test_differences_add_their_errors(N, seed, dtype):
    a = estimate(N, seed, dtype)
    b = estimate(N, seed + 1, dtype)
    left = a - b
    right = b - a
    close(left.value, -right.value)
    close(left.se, right.se)
    close(left.below, right.above)
    assert (left.se >= torch.maximum(a.se, b.se)).all()
    with pytest.raises(ValueError, match='not independent'):
        left - a


@given(orders, seeds)
def test_means_have_no_order(order, seed):
    whole_mean = estimate(len(order), seed)
    mean = whole_mean.mean()
    moved = whole_mean[torch.tensor(order)].mean()
    for name in ('mean', 'se', 'low', 'high'):
        assert vars(moved)[name] == pytest.approx(vars(mean)[name], nan_ok=True)
    assert mean.low <= mean.mean <= mean.high


@given(st.integers(2, 8), seeds)
def test_estimates_of_parts_are_those_of_the_whole(N, seed):
    e = estimate(N, seed)
    again = Estimate.joined([e[:1], e[1:]])
    for name in ('value', 'se', 'few', 'below', 'above'):
        assert torch.equal(vars(again)[name], vars(e)[name])


@given(few, seeds, st.floats(0.1, 0.98))
def test_intervals_grow_with_their_level(N, seed, level):
    e = estimate(N, seed)
    narrow = e.mean(level)
    wide = e.mean(0.99)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


def test_the_mean_of_nothing():
    nothing = estimate(3, 0)[:0]
    assert math.isnan(nothing.mean().mean)


# Likelihoods


def pictures(S: int, N: int, event: tuple, seed: int, dtype) -> tuple:
    "Binary images (N, *event) and outputs (S, N, *event)"
    x = (normal(N, *event, seed=seed, dtype=dtype) > 0).to(dtype)
    return x, 3*normal(S, N, *event, seed=seed + 1, dtype=dtype)


@given(few, few, events, seeds, dtypes)
def test_bernoulli_is_that_of_torch(S, N, event, seed, dtype):
    x, out = pictures(S, N, event, seed, dtype)
    value = Bernoulli().log_prob(x, out)
    assert value.shape == (S, N)
    assert value.dtype == dtype
    close(value, sum_event(D.Bernoulli(logits=out).log_prob(x)))
    close(Bernoulli().log_prob(strided(x), strided(out)), value)
    probs = Bernoulli(probs=True).log_prob(x, out.sigmoid())
    torch.testing.assert_close(probs, value, rtol=1e-3, atol=1e-3)


@given(few, few, events, seeds, dtypes, st.floats(0.1, 10))
def test_gaussian_is_that_of_torch(S, N, event, seed, dtype, beta):
    x, out = pictures(S, N, event, seed, dtype)
    value = Gaussian(beta).to(dtype).log_prob(x, out)
    assert value.shape == (S, N)
    close(value, sum_event(D.Normal(out, beta**-0.5).log_prob(x)), 1e-5)


@given(st.sampled_from([Bernoulli, Gaussian]), few, few, few, seeds, dtypes)
def test_gradients_are_those_of_autograd(kind, S, N, pixels, seed, dtype):
    x, out = pictures(S, N, (pixels,), seed, dtype)
    likelihood = kind().to(dtype)
    value, grad = likelihood.log_prob_and_grad(x, out.clone())
    out.requires_grad_()
    expected = likelihood.log_prob(x, out)
    slope, = torch.autograd.grad(expected.sum(), out)
    close(value, expected.detach())
    close(grad, slope)


@given(events, seeds, dtypes)
def test_kernels_are_those_of_torch(shape, seed, dtype):
    h = 5*normal(*shape, seed=seed, dtype=dtype)
    close(elu(h), torch.nn.functional.elu(h))
    close(softplus(h), torch.nn.functional.softplus(h, threshold=100))
    close(elu(strided(h)), elu(h))


# Memory and noise


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), seeds)
def test_work_in_rows_is_the_work(S, N, rows, seed):
    x = normal(N, 3, seed=seed)
    z = normal(S, N, 3, seed=seed + 1)

    def work(x, z):
        assert z.shape[0]*z.shape[1] <= max(rows, 1)
        return (x*z).sum(-1), x*z
    with torch.no_grad():
        parts = Memory(rows=rows).in_rows(work, x, z)
    assert torch.equal(parts[0], (x*z).sum(-1))
    assert torch.equal(parts[1], x*z)


@given(st.integers(1, 50), st.integers(8, 400))
def test_blocks_cover_everything_once(n, around):
    blocks = Memory(around=around).blocks(n, lambda: torch.zeros(1) + 1)
    assert torch.equal(torch.cat(blocks), torch.arange(n))


@given(orders, seeds, st.text(max_size=5), few, few, dtypes)
def test_noise_belongs_to_the_image(order, seed, stage, n, k, dtype):
    ids = range(10, 10 + len(order))
    eps = Noise(ids, seed, stage, dtype=dtype).normal(n, k)
    moved = Noise([ids[i] for i in order], seed, stage, dtype=dtype).normal(n, k)
    alone = Noise(ids[:1], seed, stage, dtype=dtype).normal(n, k)
    assert eps.shape == (n, len(order), k)
    assert eps.dtype == dtype
    assert torch.equal(moved, eps[:, list(order)])
    assert torch.equal(alone, eps[:, :1])


@given(seeds, st.text(max_size=5))
def test_kinds_of_numbers_are_one_seed(seed, stage):
    assert seed_of(whole('seed', np.int64(seed)), stage) == seed_of(seed, stage)
    assert seed_of(seed, stage) != seed_of(seed + 1, stage)


@given(st.one_of(st.text(), st.none(), st.booleans(), st.floats(), st.lists(few)))
def test_nothing_else_is_a_whole_number(value):
    with pytest.raises(TypeError, match='seed must be a whole number'):
        whole('seed', value)


@given(st.one_of(st.text(), st.none(), st.booleans(), st.just(math.nan), st.just(math.inf)))
def test_nothing_else_is_a_number(value):
    with pytest.raises((TypeError, ValueError), match='rate must be'):
        finite('rate', value)


# Files


shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
names = st.text('abc.', min_size=1, max_size=5)
kept = st.sampled_from([torch.float32, torch.float64, torch.long, torch.bool, torch.float16])
metas = st.dictionaries(st.text(max_size=3), st.one_of(st.integers(), st.text(), st.none()))


@given(st.dictionaries(names, st.tuples(shapes, kept, seeds), max_size=4), metas)
def test_files_keep_everything(plan, meta):
    tensors = {
        name: strided((9*normal(*shape, seed=seed)).to(dtype))
        for name, (shape, dtype, seed) in plan.items()
    }
    with TemporaryDirectory() as folder:
        file = Path(folder)/'a'
        save_tensors(file, tensors, meta)
        again, there = load_tensors(file)
    assert there == meta
    assert again.keys() == tensors.keys()
    for name, t in tensors.items():
        assert again[name].dtype == t.dtype
        assert torch.equal(again[name], t)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.booleans())
def test_idx_files_keep_their_shape(shape, zipped):
    with TemporaryDirectory() as folder:
        file = idx(Path(folder)/('a.gz' if zipped else 'a'), shape, zipped=zipped)
        assert read_idx(file).shape == tuple(shape)


@given(st.integers(0, 60), st.booleans())
def test_half_an_idx_file_is_damaged(size, zipped):
    with TemporaryDirectory() as folder:
        file = idx(Path(folder)/'a', (2, 3, 4))
        raw = file.read_bytes()[:min(size, 39)]
        if zipped:
            file = file.with_suffix('.gz')
            raw = gzip.compress(raw)
        file.write_bytes(raw)
        with pytest.raises(ValueError, match='damaged'):
            read_idx(file)


@given(events, seeds)
def test_binarized_pixels_are_binary(shape, seed):
    gray = normal(*shape, seed=seed).sigmoid().float()
    x = binarize(gray, 'static', seed)
    assert ((x == 0) | (x == 1)).all()
    assert torch.equal(x, binarize(gray, 'static', seed))
    assert torch.equal(binarize(x, 'threshold'), x)


# Whole estimators


@pytest.mark.parametrize('measure', [elbo, iwae])
@given(order=orders, seed=seeds, dtype=dtypes)
@settings(max_examples=8)
def test_bounds_belong_to_the_image(measure, order, seed, dtype):
    N = len(order)
    x = normal(N, 3, seed=seed, dtype=dtype)
    ids = torch.arange(N) + 3
    i = torch.tensor(order)
    value = measure(SOUND, x, n=9, ids=ids, **QUIET)
    assert value.shape == (N,)
    moved = measure(SOUND, x[i], n=9, ids=ids[i], **QUIET)
    first = measure(SOUND, x[:1], n=9, ids=ids[:1], **QUIET)
    laid_out = measure(SOUND, strided(x), n=9, ids=ids, **QUIET)
    torch.testing.assert_close(moved, value[i], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(first, value[:1], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(laid_out, value, rtol=1e-5, atol=1e-5)


@given(seeds, st.floats(0.0005, 0.1))
@settings(max_examples=8)
def test_memory_does_not_matter(seed, gigabytes):
    x = normal(9, 3, seed=seed)
    value = elbo(SOUND, x, n=300, **QUIET)
    torch.testing.assert_close(elbo(SOUND, x, n=300, max_memory=gigabytes, **QUIET), value)


@given(st.permutations(range(4)), seeds, dtypes)
@settings(max_examples=4)
def test_searches_belong_to_the_image(order, seed, dtype):
    x = normal(4, 3, seed=seed, dtype=dtype)
    i = torch.tensor(order)
    found = fit_local(SOUND, x, ids=range(4), families=('ffg',), **QUIET)['ffg']
    moved = fit_local(SOUND, x[i], ids=i, families=('ffg',), **QUIET)['ffg']
    assert moved.q.mu.dtype == dtype
    torch.testing.assert_close(moved.bound.value, found.bound.value[i], rtol=0, atol=1e-3)
    torch.testing.assert_close(moved.q.mu, found.q.mu[i], rtol=0, atol=1e-2)


@given(seeds, st.floats(-100, 100))
@settings(max_examples=4)
def test_a_constant_moves_the_bound_and_nothing_else(seed, constant):
    x = normal(3, 3, seed=seed)
    moved = likely(lambda v, x, z: v + constant)
    value = elbo(SOUND, x, n=9, **QUIET)
    torch.testing.assert_close(elbo(moved, x, n=9, **QUIET), value + constant)


@given(st.integers(1, 3), seeds)
@settings(max_examples=6)
def test_the_code_of_permuted_latents(d, seed):
    x = (normal(8, 4, seed=seed) > 0).float()
    code = posterior_collapse(vae(latent_dim=d, seed=seed), x, **QUIET)
    assert code.kl.shape == (8,)
    assert code.kl_dim.shape == code.spread.shape == (d,)
    assert (code.kl_dim >= 0).all()


@given(seeds)
@settings(max_examples=5)
def test_a_grid_knows_a_linear_model(seed):
    model = LinearGaussian(normal(3, 2, seed=seed), phi2=0.5)
    x = normal(3, 3, seed=seed + 1)
    grid = grid_posterior(model, x, half=10.)
    torch.testing.assert_close(grid.log_px, model.log_px(x), rtol=0, atol=1e-3)


shapes_of_models = st.fixed_dictionaries(dict(
    family=st.sampled_from(['ffg', 'full_rank', 'flow']),
    latent_dim=st.sampled_from([1, 2, 3, 10]),
    likelihood=st.sampled_from(['bernoulli', 'gaussian']),
    seed=seeds,
))


@given(shapes_of_models, st.integers(1, 12), events, dtypes)
def test_sound_models_are_let_in(plan, N, event, dtype):
    "Of an untrained one it may be doubted whether its outputs are what they should be"
    model = vae(event, **plan).to(dtype)
    x = normal(N, *event, seed=plan['seed'], dtype=dtype)
    x = x if plan['likelihood'] == 'gaussian' else (x > 0).to(dtype)
    with opened(model, x, **QUIET) as (problem, _):
        assert problem.caveats.keys() <= {'spread', 'logits'}
        assert problem.like == dict(device=x.device, dtype=dtype)
        assert len(problem) == N
        assert problem.spent.sum() == 0


@given(few, few, dtypes)
def test_the_standard_normal(n, d, dtype):
    q = standard_normal(n, d, dtype=dtype)
    z = normal(3, n, d, dtype=dtype)
    close(q.log_prob(z), SOUND.log_prior(z).expand(3, n))


@pytest.mark.parametrize('absent', ['meta'])
@pytest.mark.parametrize('measure', [elbo, iwae, fit_local, posterior_collapse])
def test_absent_devices_are_named(measure, absent):
    with pytest.raises((TypeError, ValueError), match=absent):
        measure(vae(), torch.zeros(3, 4, device=absent), **QUIET)
