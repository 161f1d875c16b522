"""IDX bytes, a small set under MNIST's name, and a real HTTP server on this machine."""

import contextlib
import gzip
import hashlib
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from fastnet.datasets import download


def idx_bytes(array):
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def small_set(n=60, n_test=10, side=28, seed=0):
    """The four IDX files of a small random data set: {name: bytes}."""
    rng = np.random.default_rng(seed)
    files = {}
    for part, length in (("train", n), ("t10k", n_test)):
        X = rng.integers(0, 256, (length, side, side), np.uint8)
        y = rng.integers(0, 10, length, np.uint8)
        files[f"{part}-images-idx3-ubyte"] = idx_bytes(X)
        files[f"{part}-labels-idx1-ubyte"] = idx_bytes(y)
    return files


def source_of(files, *mirrors):
    sums = {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    return download.Source(mirrors, sums)


class Mirror:
    """A web server; `files` maps a path to its bytes, or to what answers in their place."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.closing = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.asked.append(self.path.lstrip("/"))
                body = mirror.files.get(self.path.lstrip("/"))
                if body is None:
                    self.send_error(404)
                elif callable(body):
                    with contextlib.suppress(OSError):  # the client may hang up
                        body(self)
                else:
                    send(self, body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False  # closing waits for them
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def offer(self, files, level=6):
        for name, data in files.items():
            self.files[f"{name}.gz"] = gzip.compress(data, level)

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def send(handler, body, length=None):
    """Answer with `body`, and say that it is `length` bytes long."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
