# Latent Zoo on a CPU; docs/hosting.md says how to build and run it.
FROM python:3.11-slim

# With PyTorch's CPU index here the image is gigabytes smaller: its build is of the pinned version, without CUDA.
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt

RUN useradd --create-home --uid 1000 zoo && install -d -o zoo /data
COPY . /app
WORKDIR /app
# By number, so that a host can tell that it is not root.
USER 1000

# What may be written lies in /data; the rest of the container can be read-only but for /tmp.
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    HF_HOME=/data/huggingface \
    XDG_CACHE_HOME=/data/cache \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860

HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['GRADIO_SERVER_PORT']}/zoo/health\", timeout=8)"]
CMD ["python", "app.py"]
