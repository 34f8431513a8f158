"""`version`: what is installed, and what could be."""

from __future__ import annotations

import platform
from importlib.util import find_spec

import click

from declarative import DISTRIBUTION, __version__
from declarative.cli import exits
from declarative.cli.commands import command
from declarative.cli.front import front
from declarative.offered import BUILT_IN

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
    providers, installed = _providers(here.json or here.verbose > 0), _installed()
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
    more = "" if here.verbose else " (-v: those of other packages too)"
    here.say(f"providers: {', '.join(providers)}{more}")
    here.say("".join(_extra_line(name, there) for name, there in installed.items()))
    return exits.OK


def _providers(all_of_them: bool) -> tuple[str, ...]:
    """Those of other packages are looked for in all that is installed, which takes longer than the rest."""
    if not all_of_them:
        return BUILT_IN
    from declarative.offered import known_types

    return known_types()


def _installed() -> dict[str, bool]:
    """Looked for, not imported: `version` is to answer at once."""
    return {
        name: all(find_spec(module) is not None for module in modules)
        for name, (modules, _) in EXTRAS.items()
    }


def _extra_line(name: str, there: bool) -> str:
    remedy = "installed" if there else f"not installed: pip install '{DISTRIBUTION}[{name}]'"
    return f"extra {name} ({EXTRAS[name][1]}): {remedy}\n"
