"""State managed by GitLab: Terraform's protocol at an address that a CI job knows by itself."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from declarative.diagnostics import Diagnostic, Refused
from declarative.state.http import HttpSettings
from declarative.state.web import Login

_ADDRESS = ("CI_API_V4_URL", "CI_PROJECT_ID")


def gitlab_settings(state: str, environ: Mapping[str, str]) -> HttpSettings:
    """Where and as whom. Raises Refused when the environment does not tell."""
    missing = [name for name in _ADDRESS if not environ.get(name)]
    login = _login(environ)
    if not login.password:
        missing.append("CI_JOB_TOKEN")
    if missing:
        raise Refused([_outside(missing)])
    project = quote(environ["CI_PROJECT_ID"], safe="")
    address = (
        f"{environ['CI_API_V4_URL'].rstrip('/')}/projects/{project}/terraform/state/{quote(state, safe='')}"
    )
    return HttpSettings(
        address,
        lock_address=f"{address}/lock",
        lock_method="POST",
        unlock_address=f"{address}/lock",
        unlock_method="DELETE",
        login=login,
    )


def _login(environ: Mapping[str, str]) -> Login:
    """A person's own token first: outside a job there is no other."""
    if environ.get("TF_HTTP_PASSWORD"):
        # GitLab looks at the token alone, but without any name none would be sent.
        return Login(environ.get("TF_HTTP_USERNAME") or "token", environ["TF_HTTP_PASSWORD"])
    return Login("gitlab-ci-token", environ.get("CI_JOB_TOKEN", ""))


def _outside(missing: list[str]) -> Diagnostic:
    return Diagnostic(
        "backend_gitlab",
        f"GitLab's state needs {', '.join(missing)} in the environment",
        "A CI job has them all.",
        "Elsewhere set CI_API_V4_URL and CI_PROJECT_ID, and TF_HTTP_USERNAME and TF_HTTP_PASSWORD to your "
        "user name and a personal access token with the scope api.",
    )
