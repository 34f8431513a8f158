"""`version`: what is installed, and what could be."""

from __future__ import annotations

import platform
from importlib.util import find_spec

import click

from declarative import DISTRIBUTION, __version__
from declarative.cli import exits
from declarative.cli.commands import command
from declarative.cli.front import front
from declarative.offered import known_types

EXTRAS = {
    "server": (("uvicorn", "starlette"), "declarative serve"),
    "yandex": (("jwt", "cryptography"), "service account keys"),
    "s3": (("boto3",), "state in S3"),
    "postgres": (("psycopg",), "state in PostgreSQL"),
}
"""Optional parts: the modules that each needs, and what it is for."""


@command("version")
@click.pass_context
def version(ctx: click.Context, /) -> int:
    """Print the version, the providers, and which optional parts are installed."""
    here = front(ctx)
    providers, installed = known_types(), _installed()
    if here.json:
        here.document(
            {
                "declarative_version": __version__,
                "python_version": platform.python_version(),
                "platform": f"{platform.system()}_{platform.machine()}".lower(),
                "providers": list(providers),
                "extras": {**installed},
            }
        )
        return exits.OK
    here.say(f"declarative {__version__}")
    here.say(f"on Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    here.say(f"providers: {', '.join(providers)}")
    here.say("".join(_extra_line(name, there) for name, there in installed.items()))
    return exits.OK


def _installed() -> dict[str, bool]:
    """Looked for, not imported: `version` is to answer at once."""
    return {
        name: all(find_spec(module) is not None for module in modules)
        for name, (modules, _) in EXTRAS.items()
    }


def _extra_line(name: str, there: bool) -> str:
    remedy = "installed" if there else f"not installed: pip install '{DISTRIBUTION}[{name}]'"
    return f"extra {name} ({EXTRAS[name][1]}): {remedy}\n"
