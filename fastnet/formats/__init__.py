"""Models out to other formats, and in from them.

`export` writes a file in any format; the functions `to_...` return what the format's own library
has. `fastnet.load` reads files and objects back.
"""

from typing import TYPE_CHECKING

from ..lazy import lazily

__all__ = [
    "export", "to_c", "to_json", "to_onnx", "to_page", "to_safetensors", "to_sklearn", "to_torch",
]  # fmt: skip

if TYPE_CHECKING:
    from .c import to_c
    from .exporting import export
    from .json import to_json
    from .onnx.export import to_onnx
    from .page import to_page
    from .safetensors import to_safetensors
    from .sklearn.export import to_sklearn
    from .torch.export import to_torch

# The module of each public name, which is imported when the name is first used.
_HOMES = {
    "export": "exporting",
    "to_c": "c",
    "to_json": "json",
    "to_onnx": "onnx.export",
    "to_page": "page",
    "to_safetensors": "safetensors",
    "to_sklearn": "sklearn.export",
    "to_torch": "torch.export",
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
