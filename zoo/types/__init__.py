"""The values that go into actions and come out of them.

Each class holds one canonical array (or text, or bytes), opens from a file, saves to a file and checks
its own limits, so that Python, the command line, HTTP, MCP and the page treat the same file alike.
Decoders are imported when a file is opened; importing this module costs numpy only.
"""

from zoo.types.base import MAX_BYTES, Text, Value, read_bytes
from zoo.types.media import Audio, Video
from zoo.types.meshes import Mesh
from zoo.types.pictures import Drawing, Image, Pictures
from zoo.types.results import Figure, File, Metrics
from zoo.types.tables import Points, Table

__all__ = [
    "KINDS", "MAX_BYTES", "Audio", "Drawing", "Figure", "File", "Image", "Mesh", "Metrics", "Pictures", "Points",
    "Table", "Text", "Value", "Video", "read_bytes",
]  # fmt: skip

KINDS: dict[str, type[Value]] = {
    kind.kind: kind
    for kind in (Image, Audio, Video, Mesh, Table, Points, Drawing, Figure, Pictures, Metrics, File)
}
"""Every value class by its kind."""
