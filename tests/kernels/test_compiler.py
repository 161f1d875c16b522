"""What Python calls becomes machine code; a kernel computes whoever calls it."""

import gc

import pytest

from fastnet.kernels.compiler import Compiler, Part
from fastnet.kernels.jit import flat, inline, kernel
from tests.kernels.helpers import output, python

pytestmark = pytest.mark.compiled


def libraries(compiled):
    return [result.library for result in compiled.overloads.values()]


@pytest.mark.parametrize("decorate", [kernel, inline, flat])
def test_a_part_is_compiled_for_python_when_python_calls_it(decorate):
    @decorate
    def below(x):
        return 2 * x

    @kernel
    def above(x):
        return below(x) + 1

    assert above(3) == 7
    assert all(isinstance(library, Part) for library in libraries(below))
    assert not any(isinstance(library, Part) for library in libraries(above))
    assert below(3) == 6, "it is compiled once more, as a whole"
    assert not any(isinstance(library, Part) for library in libraries(below))
    assert above(4) == 9 and below(4) == 8

    @kernel
    def another(x):
        return below(x) + above(x)

    assert another(3) == 13, "a whole kernel may be called, too"


ONLY_CALLED = """
import numpy as np
from fastnet.kernels.compiler import Part
from fastnet.kernels.layers import forward
from fastnet.model.network import Network

wide = Network.initialise((2, 40), ["sigmoid"])  # narrow nets have a form of their own
wide.learn_one(np.ones(2), np.zeros(40))
libraries = [compiled.library for compiled in forward.overloads.values()]
print(bool(libraries), all(isinstance(library, Part) for library in libraries))
"""


@pytest.mark.heavy
def test_a_kernel_that_only_kernels_call_is_a_part(tmp_path):
    """In a process of its own, since other tests call it from Python."""
    quick = {"NUMBA_OPT": "0", "NUMBA_BOUNDSCHECK": "0", "NUMBA_CACHE_DIR": str(tmp_path)}
    assert output(python("-c", ONLY_CALLED, **quick))[0].split() == ["True", "True"]


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_is_collected_again_after_an_error_too(collecting):
    @kernel
    def wrong(x):
        return x.nothing

    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        with pytest.raises(Exception, match="nothing"):
            wrong(1.0)
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()
    assert Compiler.depth == 0


def test_ctrl_c_leaves_the_compiler_as_it_was(monkeypatch):
    """At the worst moment: garbage is not collected any more, and nothing has been compiled."""
    disable = gc.disable

    def interrupted():
        disable()
        raise KeyboardInterrupt

    @kernel
    def half(x):
        return x / 2

    before = gc.isenabled()
    gc.enable()
    try:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(gc, "disable", interrupted)
            half(3.0)
        assert gc.isenabled()
        assert Compiler.depth == 0
        assert half(3.0) == 1.5
    finally:
        (gc.enable if before else gc.disable)()
