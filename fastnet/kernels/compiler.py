"""How Numba compiles a kernel: only what Python calls becomes machine code.

By itself, Numba optimises each function and makes machine code of it, and does both again in each
function that calls it. Here a kernel that another one calls is a part: it stays as it is when it
has been lowered to LLVM's code. The kernel that Python calls links its parts, and LLVM optimises
them as a whole. The code is faster so, too. And Numba's passes for what kernels do not have are
left out, since each one reads the whole kernel.
"""

import gc

from numba.core import compiler, registry, sigutils, typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass

# Numba's passes for closures, `with`, exceptions with arguments, literals to ask for, loops over
# tuples, overloads to inline and expressions of arrays, and its reports.
NEEDLESS = {
    "InlineClosureLikes", "WithLifting", "RewriteSemanticConstants", "RewriteDynamicRaises",
    "MakeFunctionToJitFunction", "FindLiterallyCalls", "LiteralUnroll",
    "LiteralPropagationSubPipelinePass", "InlineOverloads", "NopythonRewrites",
    "NoPythonSupportedFeatureValidation", "AnnotateTypes", "DumpParforDiagnostics",
}  # fmt: skip


class Part(JITCodeLibrary):
    """The code of a kernel that other kernels call."""

    def finalize(self):
        """Link the code of the kernels that this one calls, and leave it at that."""
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(typed_passes.NativeLowering):
    """Lower a kernel to a part."""

    _name = "part_lowering"

    def run_pass(self, state):
        """Lower, and let Numba find the part where it looks for a function that Python can call."""
        state.library = part = Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = state.flags.no_cpython_wrapper = True
        super().run_pass(state)
        state.cr = state.cr._replace(cfunc=part)
        state.targetctx.insert_user_function(part, state.cr.fndesc, [part])
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class Inlining(untyped_passes.InlineInlinables):
    """Inline `flat` kernels."""

    _name = "flat_inlining"

    def _do_work(self, state, work_list, block, i, expr, inline_worker):
        inline_worker._compiler_pipeline = before_types  # of what is inlined
        return super()._do_work(state, work_list, block, i, expr, inline_worker)


def needed(manager, part=False):
    """Leave out the passes that kernels do not need, and put ours in the place of Numba's."""
    ours = {untyped_passes.InlineInlinables: Inlining}
    if part:
        ours[typed_passes.NativeLowering] = PartLowering
    manager.passes = [
        (ours.get(one, one), about) for one, about in manager.passes if one.__name__ not in NEEDLESS
    ]
    manager.finalize()
    return manager


def before_types(state):
    """Return the passes of a kernel before its types are known."""
    return needed(compiler.DefaultPassBuilder.define_untyped_pipeline(state))


class Compiler(compiler.CompilerBase):
    """Numba's compiler. A kernel that is compiled while another one is becomes a part."""

    depth = 0  # Numba has a lock, so that only one thread compiles

    def compile_extra(self, function):
        """Compile without collecting garbage, which takes a tenth of the time and finds none."""
        collecting, depth = gc.isenabled(), Compiler.depth
        try:  # from here on, since Ctrl-C may come at any moment
            gc.disable()
            Compiler.depth = depth + 1
            return super().compile_extra(function)
        finally:
            Compiler.depth = depth
            if collecting:
                gc.enable()

    def define_pipelines(self):
        """Return the passes of a kernel."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        return [needed(passes, part=Compiler.depth > 1)]


class Kernel(registry.CPUDispatcher):
    """A function that Numba compiles for the types of the arguments when it is first called."""

    @global_compiler_lock
    def compile(self, sig):
        """Compile. A part that Python calls is compiled once more, as a whole: tests do so."""
        args = tuple(sigutils.normalize_signature(sig)[0])
        known = self.overloads.get(args)
        if known is not None and not Compiler.depth and isinstance(known.library, Part):
            del self.overloads[args]
        return super().compile(sig)

    def add_overload(self, cres):
        """Add compiled code, and hide a part from Python's calls."""
        if isinstance(cres.library, Part):
            self.overloads[tuple(cres.signature.args)] = cres
        else:
            super().add_overload(cres)
