"""A sound model, and one-line ways to spoil it; tiny, and they count what they are asked."""

import numpy as np
import torch
from torch import Tensor, nn

from infsubopt.gaussians import FFG, log_normal
from infsubopt.likelihoods import Bernoulli
from infsubopt.vae import VAE, from_encoder_decoder

W = torch.tensor([[1., 0.4, -0.3], [-0.2, 0.8, 0.5]])


class Sound:
    "x ~ N(z W, 0.5 I) with z ~ N(0, I) and a posterior that is a little off"
    asked = 0      # latents of all models together
    latent_dim = 2

    def log_prior(self, z: Tensor) -> Tensor:
        return log_normal(z)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        Sound.asked += z.shape[0]*z.shape[1]
        return -((x - z@W.to(z))**2).sum(-1) - 1.5*torch.log(torch.tensor(torch.pi)).to(z)

    def posterior(self, x: Tensor):
        mu = 0.5*x@W.to(x).T
        return FFG(mu=mu, log_var=torch.full_like(mu, -1.))


class Spoiled(Sound):
    "The sound model after `change` of a method's result, or with other members"

    def __init__(self, likelihood=None, prior=None, posterior=None, **members):
        self.changes = dict(likelihood=likelihood, prior=prior, posterior=posterior)
        vars(self).update(members)

    def changed(self, name, value, *args):
        change = self.changes[name]
        return value if change is None else change(value, *args)

    def log_prior(self, z):
        return self.changed('prior', super().log_prior(z), z)

    def log_likelihood(self, x, z):
        return self.changed('likelihood', super().log_likelihood(x, z), x, z)

    def posterior(self, x):
        return self.changed('posterior', super().posterior(x), x)


def likely(change) -> Spoiled:
    "log p(x|z) changed: change(value (S, N), x, z)"
    return Spoiled(likelihood=change)


def priors(change, **members) -> Spoiled:
    "log p(z) changed: change(value (S, N), z)"
    return Spoiled(prior=change, **members)


def answers(change, **members) -> Spoiled:
    "q(z|x) changed: change(q, x)"
    return Spoiled(posterior=change, **members)


class Without:
    "The sound model less one member"

    def __init__(self, name: str):
        for other in ('latent_dim', 'log_prior', 'log_likelihood', 'posterior'):
            if other != name:
                setattr(self, other, getattr(Sound(), other))


class OwnGradient(Sound):
    "A model that brings its gradient; `change(value, grad)` spoils it"

    def __init__(self, change):
        self.change = change

    def log_likelihood_and_grad(self, x, z):
        value = self.log_likelihood(x, z)
        grad = 2*(x - z@W.to(z))@W.to(z).T
        return self.change(value, grad)


class Backward(torch.autograd.Function):
    "The identity, with a gradient that is three times too large"

    @staticmethod
    def forward(ctx, value):
        return value.clone()

    @staticmethod
    def backward(ctx, grad):
        return 3*grad


class Sampled:
    "A posterior made of a sampler(q, n) -> (z, log_q), and of a density(q, z) if one is given"

    def __init__(self, sampler, density=None, x: Tensor = None):
        self.q = Q if x is None else SOUND.posterior(x)
        self.sampler = sampler
        if density is not None:
            self.log_prob = self.density
            self.of = density

    def rsample_and_log_prob(self, n):
        return self.sampler(self.q, n)

    def density(self, z):
        return self.of(self.q, z)


class Labeled(Sampled):
    "A posterior that says of which family it is"

    def __init__(self, sampler, family):
        super().__init__(sampler)
        self.family = family


class Noisy:
    "A posterior that takes noise, with members changed"

    def __init__(self, from_noise=None, noise_dim=2):
        self.q = Q
        self.noise_dim = noise_dim
        self.make = from_noise

    def from_noise(self, eps):
        return self.make(self.q, eps) if self.make else self.q.from_noise(eps)

    def rsample_and_log_prob(self, n):
        return self.q.rsample_and_log_prob(n)


def by_numpy(q, n):
    "Samples of another library's generator"
    return q.from_noise(torch.tensor(np.random.randn(n, q.N, q.noise_dim)).float())


def the_same(q, n):
    "The same sample at every call"
    return q.from_noise(torch.ones(n, q.N, q.noise_dim))


def own(q, n):
    "Samples that leave the seed of the analysis aside"
    g = torch.Generator()
    g.seed()
    eps = torch.randn(n, q.N, q.noise_dim, generator=g)
    return q.from_noise(eps)


def draws(q, n):
    "What a sampler should do"
    return q.rsample_and_log_prob(n)


class Lambda(nn.Module):
    "A function as a module"

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, t):
        return self.f(t)


class Losses(nn.Module):
    "A likelihood that is a loss"

    def log_prob(self, x, out):
        return -Bernoulli().log_prob(x, out)


def coder(change=None, outputs: int = 4) -> nn.Module:
    "An encoder of four pixels to `outputs` numbers, and then `change`"
    torch.manual_seed(0)
    layers = [nn.Linear(4, outputs)]
    return nn.Sequential(*layers, Lambda(change)) if change else nn.Sequential(*layers)


def decoder(*after, inputs: int = 2, outputs: int = 4) -> nn.Module:
    "A decoder of two latents, and then the modules `after`"
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(inputs, outputs), *after)


def parts(encoder=None, dec=None, latent_dim=2, **settings):
    "A VAE of two modules"
    encoder = coder() if encoder is None else encoder
    dec = decoder() if dec is None else dec
    return from_encoder_decoder(encoder, dec, latent_dim=latent_dim, **settings)


def vae(event_shape=(4,), latent_dim=2, **settings) -> VAE:
    "A small one, for four pixels"
    return VAE(event_shape, latent_dim, **(dict(enc=(5,), dec=(5,), flow_width=3) | settings))


def weights(change, **settings) -> VAE:
    "A small VAE with changed weights: change(parameter), in place"
    model = vae(**settings)
    with torch.no_grad():
        for p in model.parameters():
            change(p)
    return model


def images(n: int, *event, seed: int = 0) -> Tensor:
    "Normal numbers"
    return torch.randn(n, *event, generator=torch.Generator().manual_seed(seed))


SOUND = Sound()
X = images(6, 3)
MANY = images(12, 3)
ZERO = torch.zeros(6, 2)
Q = SOUND.posterior(X)
BITS = (images(12, 4, seed=1) > 0).float()
