"""`serve`, with every call counted: the program of the server's process. Prints its URL, then workflow ids.

GET /calls answers how many calls there were, by method and kind, and begins anew.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from declarative.engine.client import Engine
from declarative.engine.server import app, serve, serving
from declarative.engine.settings import Settings

calls: Counter[str] = Counter()
made = app.application


def counted(engine: Engine, **options: Any) -> Any:
    served = made(engine, **options)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/calls":
            await _tell(send)
            return
        if scope["type"] == "http":
            calls[_kind(scope["method"], scope["path"])] += 1
        await served(scope, receive, send)

    return answer


def _kind(method: str, path: str) -> str:
    last = path.rpartition("/")[2]
    if method == "POST":
        return last
    return "list" if last == "execution" else "get"


async def _tell(send: Any) -> None:
    body = json.dumps(calls).encode()
    calls.clear()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main(place: str, *files: str) -> None:
    vars(serving)["application"] = counted
    engine = Engine(Path(place) / "engine", place, Settings(idle=1.0))
    known = [engine.register(file) for file in files]

    def ready(url: str) -> None:
        sys.stdout.write(json.dumps([url, known]) + "\n")
        sys.stdout.flush()

    serve(engine, on_ready=ready)
    engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
