"""`serve`: the Execution API on one machine."""

from __future__ import annotations

import gc
import os

import click

from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import front

_COLLECT_AFTER = 10_000
TOKEN_VARIABLE = "DECLARATIVE_SERVE_TOKEN"


@command("serve")
@click.argument("files", nargs=-1, metavar="[WORKFLOW]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0: any free one."
)
@click.option("--token", metavar="TOKEN", help=f"Ask every call for it; better given as {TOKEN_VARIABLE}.")
@click.option("--idempotency-keys", is_flag=True, help="Honour Idempotency-Key on Start.")
@options.variables
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    host: str,
    port: int,
    token: str | None,
    idempotency_keys: bool,
    variables: tuple[str, ...],
    var_files: tuple[str, ...],
) -> int:
    """Answer the service's Execution API from the embedded engine, until interrupted."""
    from declarative.app.serving import open_served
    from declarative.engine.server import serve as listen

    # A server lives for days: garbage must not pile up as it may in a command that ends.
    gc.set_threshold(_COLLECT_AFTER)
    here = front(ctx)
    given = {"variables": variables, "var_files": var_files}
    served = open_served(options.setting(here, given), files)

    if served.problems and not here.json:
        here.problems(served.problems, served.sources)

    def ready(url: str) -> None:
        if here.json:
            here.document({"url": url, "workflows": {file: known for known, file in served.workflows}})
            return
        here.say(f"Serving the Execution API at {url}")
        here.say("".join(f"  {known}  {file}\n" for known, file in served.workflows))

    try:
        listen(served.engine, host, port, token or os.environ.get(TOKEN_VARIABLE), ready, idempotency_keys)
    finally:
        served.engine.close()
    return exits.OK
