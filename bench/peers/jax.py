"""JAX: a jitted scan over the samples, gradients by jax.grad, for both layouts of the weights."""

import os
from functools import partial
from typing import Any

# XLA reads this at its first use.
if os.environ["OMP_NUM_THREADS"] == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

from .base import Array, Clock, Peer, Task, as_floats


def forward(params: list, x: jax.Array, transposed: bool) -> jax.Array:
    """The outputs (n_out,) of one sample; transposed: the weights are (n_out, n_in)."""
    for w, b in params:
        x = jax.nn.sigmoid((w @ x if transposed else x @ w) + b)
    return x


def stepped(params: list, x: jax.Array, target: jax.Array, rate: float, transposed: bool) -> list:
    """The parameters after one sample."""

    def cost(params: list) -> jax.Array:
        return jnp.sum((forward(params, x, transposed) - target) ** 2)

    return jax.tree.map(lambda p, gradient: p - rate * gradient, params, jax.grad(cost)(params))


@partial(jax.jit, donate_argnums=0, static_argnames=("n", "transposed"))
def learned(
    params: list, X: jax.Array, targets: jax.Array, rate: float, n: int, transposed: bool
) -> list:
    """The parameters after the first n samples."""

    def step(params: list, i: jax.Array) -> tuple[list, None]:
        return stepped(params, X[i], targets[i], rate, transposed), None

    return jax.lax.scan(step, params, jnp.arange(n))[0]


step = jax.jit(stepped, donate_argnums=0, static_argnames="transposed")


@partial(jax.jit, static_argnames="transposed")
def batch(params: list, X: jax.Array, transposed: bool) -> jax.Array:
    """Outputs (n, n_out)."""
    return jax.vmap(forward, (None, 0, None))(params, X, transposed)


class InOut(Peer):
    """Weights as (n_in, n_out)."""

    transposed = False

    def __init__(self, task: Task):
        self.task = task
        self.X, self.targets = jnp.asarray(task.inputs()), jnp.asarray(task.targets())
        self.one_hot = np.eye(task.sizes[-1], dtype=np.float32)
        self.start()

    def start(self) -> None:
        """Set the start weights."""
        weights = [w.T if self.transposed else w for w in self.task.weights]
        pairs = zip(weights, self.task.biases, strict=True)
        # Copies, since donated memory must not be NumPy's.
        self.params = [(jnp.array(w, copy=True), jnp.array(b, copy=True)) for w, b in pairs]
        jax.block_until_ready(self.params)

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        self.params = learned(
            self.params, self.X, self.targets, self.task.rate, n, transposed=self.transposed
        )
        jax.block_until_ready(self.params)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        weights = [np.array(w.T if self.transposed else w) for w, _ in self.params]
        return weights, [np.array(b) for _, b in self.params]

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        self.params = step(
            self.params, as_floats(x), self.one_hot[label], self.task.rate,
            transposed=self.transposed,
        )  # fmt: skip
        jax.block_until_ready(self.params)

    def predict_one(self, x: Array) -> int:
        """Its label."""
        return int(np.argmax(batch(self.params, as_floats(x)[None], transposed=self.transposed)))

    def outputs(self, X: jax.Array) -> jax.Array:
        """Outputs (n, n_out)."""
        return jax.block_until_ready(batch(self.params, X, transposed=self.transposed))

    def prepared(self, X: Array) -> jax.Array:
        """Samples as JAX's array."""
        return jnp.asarray(as_floats(X))


class OutIn(InOut):
    """Weights as (n_out, n_in)."""

    transposed = True


def relu_net(params: list, X: jax.Array) -> jax.Array:
    """Scores (n, 10) of a net with one hidden layer, relu."""
    (w1, b1), (w2, b2) = params
    return jax.nn.relu(X @ w1 + b1) @ w2 + b2


def updated(recipe: dict[str, Any], state: tuple, gradient: list, rate: jax.Array) -> tuple:
    """Parameters and moments after one step of Adam, or of SGD with momentum."""
    params, first, second, t = state
    t = t + 1
    if recipe["optimizer"] == "sgd":
        first = jax.tree.map(lambda m, g: 0.9 * m + g, first, gradient)
        return jax.tree.map(lambda p, m: p - rate * m, params, first), first, second, t
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, second, gradient)
    rate = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    params = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, first, second
    )
    return params, first, second, t


def epoch_of(recipe: dict[str, Any], n: int) -> Any:
    """A function that learns all n samples once, in mini-batches, in an order drawn from a key."""
    batches = n // recipe["batch"]
    steps = recipe["epochs"] * batches

    def cost(params: list, X: jax.Array, y: jax.Array) -> jax.Array:
        scores = jax.nn.log_softmax(relu_net(params, X))
        return -jnp.mean(jnp.take_along_axis(scores, y[:, None], axis=1))

    def epoch(state: tuple, X: jax.Array, y: jax.Array, key: jax.Array) -> tuple:
        order = jax.random.permutation(key, n)[: batches * recipe["batch"]]

        def step(state: tuple, batch: jax.Array) -> tuple[tuple, None]:
            falling = 1 - state[3] / steps if recipe["schedule"] == "linear" else 1.0
            gradient = jax.grad(cost)(state[0], X[batch], y[batch])
            return updated(recipe, state, gradient, recipe["rate"] * falling), None

        return jax.lax.scan(step, state, order.reshape(batches, -1))[0]

    return jax.jit(epoch, donate_argnums=0)


def curve(
    recipe: dict[str, Any], X: Array, y: Array, test: tuple[Array, Array], seed: int
) -> dict[str, Any]:
    """Seconds of mini-batch training and accuracy on the test images after each epoch."""
    loading, compiling, learning = Clock(), Clock(), Clock()
    with loading:
        X, y = jax.block_until_ready((jnp.asarray(as_floats(X)), jnp.asarray(y, jnp.int32)))
    rng = np.random.default_rng(seed)
    params = [
        (jnp.asarray(rng.standard_normal(pair) * np.sqrt(2 / pair[0]), jnp.float32),
         jnp.zeros(pair[1], jnp.float32))
        for pair in ((784, 128), (128, 10))
    ]  # fmt: skip
    zeros = partial(jax.tree.map, jnp.zeros_like)
    state = (params, zeros(params), zeros(params), jnp.zeros((), jnp.int32))
    keys = jax.random.split(jax.random.key(seed), recipe["epochs"])
    with compiling:
        epoch = epoch_of(recipe, len(X)).lower(state, X, y, keys[0]).compile()
    points = []
    for key in keys:
        with learning:
            state = jax.block_until_ready(epoch(state, X, y, key))
        answers = np.argmax(relu_net(state[0], as_floats(test[0])), axis=1)
        points.append([learning.seconds, float(np.mean(answers == test[1]))])
    return {"loading": loading.seconds, "compiling": compiling.seconds, "points": points}
