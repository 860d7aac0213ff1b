# Latent Zoo on a CPU: docker build -t latent-zoo . && docker run -p 7860:7860 -v latent-zoo:/data latent-zoo
FROM python:3.11-slim

# PyTorch's CPU build is of the pinned version and saves gigabytes of CUDA libraries.
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r /tmp/requirements.txt

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
