"""The values that go into actions and come out of them.

Each class holds one canonical array (or text, or bytes), opens from a file, saves to a file and checks
its own limits, so that Python, the command line, HTTP, MCP and the page treat the same file alike.
Decoders are imported when a file is opened; importing this module costs numpy only.
"""

from zoo.types.base import KINDS, MAX_BYTES, Reference, Text, Value, note, read_bytes

# Kinds stand in KINDS, and so in the gallery's filter, in the order in which they are imported here.
# isort: split
from zoo.types.pictures import Drawing, Image, Pictures

# isort: split
from zoo.types.media import Audio, Video

# isort: split
from zoo.types.meshes import Mesh

# isort: split
from zoo.types.tables import ColumnOf, Table

# isort: split
from zoo.types.points import Points

# isort: split
from zoo.types.albums import Images
from zoo.types.graphs import Graph
from zoo.types.results import Figure, File, Metrics
from zoo.types.spots import Spot, SpotOn
from zoo.types.texts import MarkedText, Span

__all__ = [
    "KINDS", "MAX_BYTES", "Audio", "ColumnOf", "Drawing", "Figure", "File", "Graph", "Image", "Images", "MarkedText",
    "Mesh", "Metrics", "Pictures", "Points", "Reference", "Span", "Spot", "SpotOn", "Table", "Text", "Value", "Video",
    "note", "read_bytes",
]  # fmt: skip
