"""Strangers' methods at work in processes of their own: one that hangs, leaks or crashes takes nothing else down.

``load`` gives a method as ``registry.load`` does. Of a stranger's its actions are done by a worker: a process of
``pebble`` that is started when it is first needed, kept for the next call, and replaced when it died, took too long or
grew too large. Results, progress and errors come through a pipe as they are made; whoever stops listening stops it.

This keeps the app alive, not secrets safe: what a worker sends is unpickled, and the class itself is imported here too.
"""

from __future__ import annotations

import atexit
import contextlib
import fnmatch
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures import wait
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from zoo import imports, registry
from zoo.action import kept_alive
from zoo.errors import MethodError, ZooError
from zoo.method import last
from zoo.progress import Progress

try:
    import resource
except ImportError:  # on Windows memory has no bound
    resource = None  # type: ignore[assignment]

WHOM = os.environ.get("ZOO_ISOLATE", "strangers")
"""Whose actions run in workers: ``strangers``, ``none``, ``all``, or slugs by comma, with ``*`` for any text."""
SECONDS = float(os.environ.get("ZOO_ACTION_SECONDS", "300"))
"""How long an action may take, in a worker or in the app."""
MEGABYTES = int(os.environ.get("ZOO_WORKER_MB", "4096"))
"""How much memory a worker may ask for; one that holds more than half of it after its answer is replaced."""
AT_ONCE = int(os.environ.get("ZOO_WORKERS", "4"))
"""Workers that are kept; beyond, the one that has rested longest goes, unless all work."""
PATIENCE = 2.0
"""Seconds that an action has to end by itself, at its next result or progress, when nobody listens any more."""


def took_too_long(title: str) -> MethodError:
    """What is told of a method that was stopped for its time."""
    return MethodError(
        f"{title} was stopped after {SECONDS:g} seconds, the most that it may take; ask for less."
    )


class Crashed(RuntimeError):
    """An action failed in its worker; the message is the traceback from there."""


def load(slug: str) -> Any:
    """A method ready to use; a stranger's does its actions in a worker.

    Raises:
        InputError: there is no such method.
        PluginError: it cannot be offered.
    """
    entry = registry.find(slug)
    return _Distant(slug) if is_isolated(entry) else registry.load(slug)


def is_isolated(entry: registry.Entry) -> bool:
    """Whether a method's actions are done by a worker."""
    if WHOM in ("strangers", "none", "all"):
        return WHOM == "all" or (WHOM == "strangers" and entry.is_strange)
    return any(fnmatch.fnmatch(entry.slug, pattern.strip()) for pattern in WHOM.split(",") if pattern.strip())


class _Distant:
    """A method whose actions are done elsewhere."""

    def __init__(self, slug: str) -> None:
        self._method = registry.find(slug).draft
        self._slug = slug

    def __getattr__(self, name: str) -> Any:
        action = self._method.actions().get(name)
        if action is None:
            raise AttributeError(name)

        def call(progress: Progress = Progress(), **inputs: Any) -> Any:
            results = _worker_of(self._slug, self._method.title).results(name, inputs, progress)
            if action.streams:
                return results
            return last(results)

        return call


# ---------------------------------------------------------------------------------------------------------
# Here


class Worker:
    """The process of one method, of which calls wait for each other.

    Args:
        slug: whose.
        title: of the method, for messages.
    """

    def __init__(self, slug: str, title: str) -> None:
        self.slug, self.title = slug, title
        self.calls = 0  # that run or wait
        self._pool: Any = None
        self._lock = threading.Lock()

    def results(self, action: str, inputs: dict[str, Any], progress: Progress) -> Iterator[Any]:
        """Each result of an action, as it comes.

        Raises:
            ZooError: what the action says of its inputs, or that the worker died, took too long or was too large.
            ModuleNotFoundError: the method needs a package.
            Crashed: the action failed otherwise.
        """
        ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
        with self._lock:
            self._pool = self._pool or _started()
            task = self._pool.schedule(_act, args=[theirs, self.slug, action, inputs], timeout=SECONDS)
            self.calls += 1
        try:
            yield from self._heard(ours, task, progress)
        finally:
            ours.close()  # what the worker says next ends its action
            wait([task], PATIENCE)
            if not task.done():
                task.cancel()  # ends the process; the next call begins another
            theirs.close()
            self.calls -= 1

    def _heard(self, ours: Connection, task: Any, progress: Progress) -> Iterator[Any]:
        """Results from the pipe until the worker is done with the task."""
        while True:
            if ours.poll(0.05):
                kind, said = ours.recv()
                if kind == "progress":
                    progress(*said)
                elif kind == "result":
                    yield said
                elif kind == "problem":
                    raise said
                elif kind == "missing":
                    raise ModuleNotFoundError(name=said)
                else:
                    if said > MEGABYTES / 2:
                        self.stop(unless_asked=True)
                    return
            elif task.done() and not ours.poll(0):
                raise self._ended(task)

    def _ended(self, task: Any) -> MethodError:
        """Why a worker stopped in the midst of a call."""
        problem = task.exception()
        if isinstance(problem, TookTooLong):
            return took_too_long(self.title)
        return MethodError(f"{self.title} ended its own process; it begins anew with the next run.")

    def stop(self, unless_asked: bool = False) -> None:
        """End the process; the next call begins another.

        Args:
            unless_asked: leave it to whoever waits for it beside the call that has just ended.
        """
        with self._lock:
            if unless_asked and self.calls > 1:
                return
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            threading.Thread(target=pool.join, daemon=True).start()


_workers: OrderedDict[str, Worker] = OrderedDict()
_lock = threading.Lock()


def _worker_of(slug: str, title: str) -> Worker:
    """A method's worker; those that have rested longest go when there are too many."""
    with _lock:
        worker = _workers.setdefault(slug, Worker(slug, title))
        _workers.move_to_end(slug)
        resting = [other for other in _workers.values() if not other.calls and other is not worker]
        for other in resting[: max(0, len(_workers) - AT_ONCE)]:
            _workers.pop(other.slug).stop()
        return worker


LONGEST_SOCKET = 60
"""Letters of a folder in which sockets can still have names; the system takes about a hundred for both."""


def _started() -> Any:
    import pebble

    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    if os.name == "posix" and len(tempfile.gettempdir()) > LONGEST_SOCKET and not config.get("tempdir"):
        # Pipes are handed to workers over a socket, whose name has to be short.
        config["tempdir"] = tempfile.mkdtemp(prefix="zoo-", dir="/tmp")
        atexit.register(shutil.rmtree, config["tempdir"], ignore_errors=True)
    return pebble.ProcessPool(
        1, max_tasks=0, initializer=_begin, initargs=[MEGABYTES], context=multiprocessing.get_context("spawn")
    )


def stop() -> None:
    """End all workers."""
    with _lock:
        while _workers:
            _workers.popitem()[1].stop()


# ---------------------------------------------------------------------------------------------------------
# In the worker


class _Sent(Progress):
    """Sends how far an action has come, at most twenty times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._last = pipe, 0.0

    def __call__(self, fraction: float, text: str = "") -> None:
        if time.monotonic() - self._last > 0.05:
            self._last = time.monotonic()
            self._pipe.send(("progress", (fraction, text)))


def _begin(megabytes: int) -> None:
    """What is printed goes to the log, whatever it is printed to, and memory has a bound."""
    global MEGABYTES
    MEGABYTES = megabytes
    imports.SECONDS = 0  # the app has tried what is imported here
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if resource and megabytes:
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20,) * 2)


def _act(pipe: Connection, slug: str, action: str, inputs: dict[str, Any]) -> None:
    """Do an action and send each result; ends early when nobody listens."""
    with contextlib.suppress(BrokenPipeError), contextlib.closing(pipe):
        try:
            results = getattr(registry.load(slug), action)(**inputs, progress=_Sent(pipe))
            if registry.find(slug).draft.actions()[action].streams:
                with contextlib.closing(results):
                    for result in results:
                        pipe.send(("result", result))
            else:
                pipe.send(("result", results))
        except BrokenPipeError:
            raise
        except ZooError as error:
            pipe.send(("problem", error))
        except ModuleNotFoundError as error:
            pipe.send(("missing", error.name))
        except KeyboardInterrupt as error:  # which nobody can press here
            pipe.send(("problem", kept_alive(registry.find(slug).draft, error)))
        except Exception as error:
            pipe.send(("problem", _said(error, registry.find(slug).title)))
        pipe.send(("end", _held()))


def _held() -> float:
    """Megabytes that this process holds, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


def _said(error: Exception, title: str) -> Exception:
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return MethodError(
            f"{title} asked for more memory than the {MEGABYTES:,} MB that it may have; ask for less."
        )
    return Crashed("".join(traceback.format_exception(error)))
