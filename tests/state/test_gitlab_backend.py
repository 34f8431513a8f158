"""GitLab's variant, which asks for more than Terraform's protocol does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from state_kit import ClosingConformance, failure, lock_request, state_of
from terraform_server import PASSWORD, USER, Place, TerraformServer

from declarative.diagnostics import Refused
from declarative.protocols import StateBackend, WriteRequest
from declarative.state.gitlab import gitlab_settings
from declarative.state.http import HttpBackend
from declarative.state.owner import Owner
from declarative.state.store import Store
from declarative.testing.clock import StillClock


@pytest.fixture
def server() -> Iterator[TerraformServer]:
    running = TerraformServer(Place(gitlab=True))
    yield running
    running.close()


def environ(server: TerraformServer) -> dict[str, str]:
    return {
        "CI_API_V4_URL": f"http://127.0.0.1:{server.port}/api/v4",
        "CI_PROJECT_ID": "42",
        "TF_HTTP_USERNAME": USER,
        "TF_HTTP_PASSWORD": PASSWORD,
    }


@pytest.fixture
def backend(server: TerraformServer) -> Iterator[HttpBackend]:
    opened = HttpBackend(gitlab_settings("orders-prod", environ(server)), StillClock())
    yield opened
    opened.close()


class TestGitLab(ClosingConformance):
    @pytest.fixture(autouse=True)
    def _place(self, server: TerraformServer) -> None:
        self.settings = gitlab_settings("orders-prod", environ(server))

    def make(self) -> StateBackend:
        return HttpBackend(self.settings, StillClock())

    def test_an_empty_document_is_a_document(self) -> None:
        """GitLab takes no document without a serial."""
        refusal = failure(lambda: self.open_backend().write(WriteRequest(b"", None)))
        assert "No serial" in refusal.problem.detail


def test_a_store_keeps_its_state_there(backend: HttpBackend, server: TerraformServer) -> None:
    store = Store(backend, StillClock(), Owner("orders", "prod"), environ={})
    store.lock("apply")
    written = store.write(store.write(state_of("a")))
    assert server.place.serials == [1, 2]
    assert store.read() == written
    store.close()
    assert server.place.holder is None
    methods = {each.split("?")[0] for each in server.place.asked}
    base = "/api/v4/projects/42/terraform/state/orders-prod"
    assert methods == {f"POST {base}/lock", f"DELETE {base}/lock", f"POST {base}", f"GET {base}"}


def test_a_write_that_gitlab_has_already_is_recognised(backend: HttpBackend, server: TerraformServer) -> None:
    """The answer was lost; the second try meets "version has already been taken"."""
    store = Store(backend, StillClock(), Owner("orders", "prod"), environ={})
    store.lock("apply")
    real_write = backend.write
    lost_answers = iter([True])

    def write(request: WriteRequest) -> str:
        if next(lost_answers, False):
            server.place.scripted["GET"] = [(200, b"")] if server.place.document else []
            real_write(request)
            server.place.scripted["GET"] = [(500, b"")] * 3
            raise failure(lambda: _unanswered())
        return real_write(request)

    backend.write = write  # type: ignore[method-assign]
    written = store.write(state_of("a"))
    assert server.place.serials == [1] and store.read() == written
    store.close()


def _unanswered() -> None:
    from declarative.state.problems import failed

    raise failed("write", "x", "the answer was lost", outcome_unknown=True, transient=True)


def test_a_job_needs_no_settings_of_its_own() -> None:
    job = {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "7", "CI_JOB_TOKEN": "t0ken"}
    told = gitlab_settings("orders", job)
    assert told.address == "https://gitlab.example/api/v4/projects/7/terraform/state/orders"
    assert (told.login.username, told.login.password) == ("gitlab-ci-token", "t0ken")


def test_what_the_environment_lacks_is_named() -> None:
    with pytest.raises(Refused) as refused:
        gitlab_settings("orders", {"CI_PROJECT_ID": "7"})
    summary = refused.value.diagnostics[0].summary
    assert "CI_API_V4_URL" in summary and "CI_JOB_TOKEN" in summary and "CI_PROJECT_ID" not in summary


def test_the_lock_carries_all_that_gitlab_requires(backend: HttpBackend, server: TerraformServer) -> None:
    backend.lock(lock_request())
    assert server.place.holder is not None and server.place.holder["Info"] == ""
