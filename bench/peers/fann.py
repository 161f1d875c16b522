"""FANN, the C library, through ctypes: incremental training, float32.

FANN descends half the sum of squares, so its rate is twice ours. It computes a sigmoid's slope from
the output clipped to 0.01 ... 0.99, so its arithmetic is not quite the same.
"""

import ctypes
import os
import re
import tempfile
from ctypes import POINTER, c_char_p, c_float, c_int, c_uint, c_void_p
from typing import Any

import numpy as np

from .base import Array, Peer, Task, as_floats

INCREMENTAL, SIGMOID, LINEAR_ERROR = 0, 3, 0


class Data(ctypes.Structure):
    """struct fann_train_data of fann_data.h."""

    _fields_ = (
        ("errno", c_int),
        ("error_log", c_void_p),
        ("errstr", c_char_p),
        ("num_data", c_uint),
        ("num_input", c_uint),
        ("num_output", c_uint),
        ("input", POINTER(POINTER(c_float))),
        ("output", POINTER(POINTER(c_float))),
    )


def library() -> ctypes.CDLL:
    """Return libfloatfann, with the types of the functions used here."""
    try:
        fann = ctypes.CDLL("libfloatfann.so.2")
    except OSError as error:
        raise ImportError("no libfloatfann.so.2 (Debian: apt-get install libfann2)") from error
    fann.fann_create_standard_array.restype = c_void_p
    fann.fann_create_from_file.restype = c_void_p
    fann.fann_create_train.restype = POINTER(Data)
    fann.fann_train_epoch.restype = c_float
    fann.fann_train_epoch.argtypes = [c_void_p, POINTER(Data)]
    fann.fann_run.restype = POINTER(c_float)
    fann.fann_run.argtypes = [c_void_p, c_void_p]
    fann.fann_train.argtypes = [c_void_p, c_void_p, c_void_p]
    fann.fann_train.restype = None
    fann.fann_save.argtypes = [c_void_p, c_char_p]
    fann.fann_destroy.argtypes = [c_void_p]
    fann.fann_destroy_train.argtypes = [POINTER(Data)]
    fann.fann_set_learning_rate.argtypes = [c_void_p, c_float]
    for name in (
        "training_algorithm", "activation_function_hidden", "activation_function_output",
        "train_error_function",
    ):  # fmt: skip
        getattr(fann, f"fann_set_{name}").argtypes = [c_void_p, c_int]
    return fann


fann = library()


class Fann(Peer):
    """A standard net, learning sample by sample."""

    def __init__(self, task: Task):
        self.task = task
        self.X, self.targets = task.inputs(), task.targets()
        self.net, self.data = None, None
        with tempfile.TemporaryDirectory() as folder:
            self.saved = self.start_file(os.path.join(folder, "net"))
        self.start()

    def start_file(self, path: str) -> str:
        """Return FANN's file of the net, with the start weights: FANN has no quick way to set them.

        A neuron's weights stand together, in the order of the layer below, then the bias.
        """
        sizes = (c_uint * len(self.task.sizes))(*self.task.sizes)
        net = fann.fann_create_standard_array(len(sizes), sizes)
        fann.fann_set_training_algorithm(net, INCREMENTAL)
        fann.fann_set_activation_function_hidden(net, SIGMOID)
        fann.fann_set_activation_function_output(net, SIGMOID)
        fann.fann_set_train_error_function(net, LINEAR_ERROR)
        fann.fann_set_learning_rate(net, 2 * self.task.rate)
        fann.fann_save(net, path.encode())
        fann.fann_destroy(net)
        pairs = zip(self.task.weights, self.task.biases, strict=True)
        values = iter(np.concatenate([np.vstack([w, b]).T.ravel() for w, b in pairs]))
        with open(path) as file:
            before, after = file.read().split("connections (connected_to_neuron, weight)=")
        after = re.sub(r", [-+.\de]+\)", lambda _: f", {next(values):.9e})", after)
        return f"{before}connections (connected_to_neuron, weight)={after}"

    def start(self) -> None:
        """Set the start weights."""
        if self.net:
            fann.fann_destroy(self.net)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.saved)
            file.flush()
            self.net = c_void_p(fann.fann_create_from_file(file.name.encode()))

    def samples(self, n: int) -> Any:
        """Return the first n samples in FANN's form."""
        if not self.data or self.data.contents.num_data != n:
            if self.data:
                fann.fann_destroy_train(self.data)
            self.data = fann.fann_create_train(n, *self.X.shape[1:], self.targets.shape[1])
            for i in range(n):
                ctypes.memmove(self.data.contents.input[i], self.X[i].ctypes.data, self.X[i].nbytes)
                row = self.targets[i]
                ctypes.memmove(self.data.contents.output[i], row.ctypes.data, row.nbytes)
        return self.data

    def seconds(self, n: int) -> float:
        """Return the seconds to learn the first n samples, of which FANN has a copy."""
        self.samples(n)
        return super().seconds(n)

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        fann.fann_train_epoch(self.net, self.samples(n))

    def predict(self, X: Array) -> Array:
        """Labels."""
        outputs = self.task.sizes[-1]
        return np.array(
            [np.argmax(fann.fann_run(self.net, x.ctypes.data)[:outputs]) for x in as_floats(X)]
        )

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        x, target = as_floats(x), np.zeros(self.task.sizes[-1], np.float32)
        target[label] = 1
        fann.fann_train(self.net, x.ctypes.data, target.ctypes.data)

    def predict_one(self, x: Array) -> int:
        """Its label."""
        outputs = fann.fann_run(self.net, as_floats(x).ctypes.data)
        return int(np.argmax(outputs[: self.task.sizes[-1]]))
