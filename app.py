"""Starts Latent Zoo: ``python app.py``. This is the file that a Hugging Face Space runs."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

if __name__ == "__main__":  # a worker (`zoo.isolation`) reads this file too, and starts no app
    from zoo.cli import main  # the checkout must come first

    # A Space sets these two; on one's own machine only the machine itself is served.
    host, port = (
        os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        os.environ.get("GRADIO_SERVER_PORT", "7860"),
    )
    sys.exit(main(["app", "--host", host, "--port", port]))
