"""httpCall over a real socket: what is sent, how answers are read, what every kind of trouble becomes."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from language_kit import Call, Handler, Result, Server, Stage

from declarative.engine.journal import Ending
from declarative.engine.world import Limits


def call(stage: Stage, fields: str, given: Any = None, **world: Any) -> Result:
    """One httpCall whose raw output is the run's result, under `raw`."""
    text = f"""
yawl: "1.0"
start: s
steps:
  s:
    httpCall:
      output: '\\({{raw: .}})'
{"".join(f"      {line}{chr(10)}" for line in fields.strip().splitlines())}"""
    return stage.run(text, given, **world)


def content(
    server: Server, path: str, body: bytes, content_type: str = "application/json", **headers: str
) -> None:
    server.routes[path] = lambda handler, call: handler.reply(200, body, content_type, **headers)


def test_everything_is_sent_as_written(stage: Stage, server: Server) -> None:
    server.json("/p/é x", {})
    server.routes["/p/%C3%A9%20x"] = server.routes["/p/é x"]
    fields = r"""
url: 'http://h/p/\(.name)?a=1%2F2&b'
method: PUT
query: {q: 'x & \(.n)', a: '2'}
headers: {X-One: "v\\(.n)\n", content-type: text/x, Accept: a/b}
body: |
  \({z: .n, a: [1]})
"""
    result = call(stage, fields, {"name": "é x", "n": 5})

    assert result.value == {"raw": {}}
    (sent,) = server.calls
    assert (sent.method, sent.path) == ("PUT", "/p/%C3%A9%20x")
    assert sent.query == "a=1%2F2&b&q=x+%26+5&a=2"
    assert sent.body == '{"a":[1],"z":5}\n'
    assert (sent.headers["x-one"], sent.headers["content-type"]) == ("v5", "text/x")
    assert (sent.headers["accept"], sent.headers["accept-encoding"]) == ("a/b", "identity")
    assert "authorization" not in sent.headers
    assert "cookie" not in sent.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_methods(stage: Stage, server: Server, method: str) -> None:
    server.json("/x", {"a": 1})
    result = call(stage, f"url: http://h/x\nmethod: {method}")
    assert server.calls[0].method == method
    assert result.value == {"raw": {} if method == "HEAD" else {"a": 1}}


@pytest.mark.parametrize(
    ("body", "content_type", "raw"),
    [
        (b'{"a": 9007199254740993}', "application/json", {"a": 9007199254740993}),
        (b"[1, 2.0, null]", "text/plain", [1, 2, None]),
        (b'"x"', "text/html", "x"),
        (b"diff --git a b", "application/vnd.github.v3.diff", "diff --git a b"),
        (b"not json", "application/json", "not json"),
        (b"", "application/json", {}),
        (b" \n", "text/plain", {}),
        ("\ufeff{}".encode(), "application/json", {}),
        ("Привет".encode("cp1251"), "text/plain; charset=windows-1251", "Привет"),
        ("Привет".encode(), "text/plain; charset=no-such", "Привет"),
        (b"\xff\xfe", "application/octet-stream", "\ufffd\ufffd"),
        (b'{"a": NaN}', "application/json", '{"a": NaN}'),
        (b'{"a": 1, "a": 2}', "application/json", '{"a": 1, "a": 2}'),
        (b'{"a": "\\ud800"}', "application/json", '{"a": "\\ud800"}'),
        (b"1e999", "application/json", "1e999"),
        (b"[" * 5000 + b"]" * 5000, "application/json", "[" * 5000 + "]" * 5000),
    ],
)
def test_how_an_answer_is_read(
    stage: Stage, server: Server, body: bytes, content_type: str, raw: Any
) -> None:
    content(server, "/x", body, content_type)
    assert call(stage, "url: http://h/x").value == {"raw": raw}


def test_an_answer_that_is_no_object_needs_an_output(stage: Stage, server: Server) -> None:
    server.json("/x", [1])
    result = stage.run('yawl: "1.0"\nstart: s\nsteps: {s: {httpCall: {url: "http://h/x"}}}')
    assert result.code == "STEP_INVALID_OUTPUT"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "HTTP_CALL_400"),
        (404, "HTTP_CALL_404"),
        (429, "HTTP_CALL_429"),
        (430, "HTTP_CALL_400"),
        (451, "HTTP_CALL_451"),
        (498, "HTTP_CALL_400"),
        (500, "HTTP_CALL_500"),
        (503, "HTTP_CALL_503"),
        (512, "HTTP_CALL_500"),
        (526, "HTTP_CALL_526"),
        (599, "HTTP_CALL_500"),
    ],
)
def test_a_status_is_an_error_code(stage: Stage, server: Server, status: int, code: str) -> None:
    server.json("/x", {"why": "so"}, status=status)
    result = call(stage, "url: http://h/x")
    assert result.code == code
    assert result.outcome.error is not None
    assert result.outcome.error.message.endswith('{"why": "so"}')
    assert result.outcome.error.message.startswith(str(status))


def test_a_long_error_is_told_in_short(stage: Stage, server: Server) -> None:
    server.routes["/x"] = lambda handler, call: handler.reply(500, b"e" * 100_000)
    result = call(stage, "url: http://h/x")
    assert result.outcome.error is not None
    assert len(result.outcome.error.message) < 600


def test_redirects_are_followed_as_a_browser_would(stage: Stage, server: Server) -> None:
    server.routes["/a"] = lambda handler, call: handler.reply(302, b"", location="/b")
    server.routes["/b"] = lambda handler, call: handler.reply(307, b"", location=f"{server.url}/c?x=1")
    server.json("/c", {"done": True})
    result = call(stage, "url: http://h/a\nmethod: POST\nbody: hi\nheaders: {Authorization: me}")

    assert result.value == {"raw": {"done": True}}
    assert [(sent.method, sent.path, sent.body) for sent in server.calls] == [
        ("POST", "/a", "hi"),
        ("GET", "/b", ""),
        ("GET", "/c", ""),
    ]
    assert server.calls[2].headers["authorization"] == "me"


def test_credentials_do_not_follow_to_another_host(stage: Stage, server: Server) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    server.routes["/a"] = lambda handler, call: handler.reply(307, b"", location=f"{other}/b")
    server.json("/b", {})
    call(stage, "url: http://h/a\nmethod: POST\nbody: hi\nheaders: {Authorization: me}")
    assert "authorization" not in server.calls[1].headers
    assert server.calls[1].body == "hi"


def test_a_redirect_loop_ends(stage: Stage, server: Server) -> None:
    server.routes["/a"] = lambda handler, call: handler.reply(302, b"", location="/a")
    result = call(stage, "url: http://h/a")
    assert result.code == "HTTP_CALL_508"
    assert server.count("/a") == 11


def test_cookies_do_not_pass_from_call_to_call(stage: Stage, server: Server) -> None:
    content(server, "/x", b"{}", set_cookie="a=b; Path=/")
    server.routes["/y"] = lambda handler, call: handler.reply(
        302, b"", location="/x", set_cookie="c=d; Path=/"
    )
    for path in ("x", "y", "x"):
        call(stage, f"url: http://h/{path}")
    assert [sent.headers.get("cookie") for sent in server.calls] == [None] * 4


def test_an_endless_answer_is_cut_off(stage: Stage, server: Server) -> None:
    sent = []

    def pour(handler: Handler, call: Call) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(4096):
            handler.wfile.write(b"x" * 65536)
            sent.append(65536)

    server.routes["/x"] = pour
    assert call(stage, "url: http://h/x").code == "STEP_DATA_LIMIT_EXCEEDED"
    assert sum(sent) < 100 << 20


def test_an_answer_of_three_megabytes_is_refused(stage: Stage, server: Server) -> None:
    content(server, "/x", b" " * 3_000_000)
    assert call(stage, "url: http://h/x").code == "STEP_DATA_LIMIT_EXCEEDED"


def test_an_answer_of_just_two_megabytes_is_read(stage: Stage, server: Server) -> None:
    limits = Limits(data_bytes=1000)
    content(server, "/x", b"x" * 998, "text/plain")
    text = 'yawl: "1.0"\nstart: s\nsteps: {s: {httpCall: {url: "http://h/x", output: \'\\({n: length})\'}}}'
    assert stage.run(text, limits=limits).value == {"n": 998}
    content(server, "/x", b"x" * 1001, "text/plain")
    assert stage.run(text, limits=limits).code == "STEP_DATA_LIMIT_EXCEEDED"


def test_a_server_that_breaks_off_in_the_middle(stage: Stage, server: Server) -> None:
    def break_off(handler: Handler, call: Call) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"a":')
        handler.close_connection = True

    server.routes["/x"] = break_off
    assert call(stage, "url: http://h/x").code == "HTTP_CALL_503"


def test_a_server_that_says_nothing(stage: Stage, server: Server) -> None:
    server.routes["/x"] = lambda handler, call: None
    assert call(stage, "url: http://h/x").code == "HTTP_CALL_503"


def test_nobody_listens(stage: Stage) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert call(stage, f"url: http://127.0.0.1:{held.getsockname()[1]}/").code == "HTTP_CALL_503"


def test_a_name_that_no_host_has(stage: Stage) -> None:
    assert call(stage, "url: http://no-such-host.invalid/").code == "HTTP_CALL_503"


def test_the_time_limit_holds_for_the_whole_attempt(stage: Stage) -> None:
    """The peer accepts, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        result = call(stage, f"url: http://127.0.0.1:{listening.getsockname()[1]}/\ntimeout: .1s")
    assert result.code == "STEP_TIMEOUT"
    assert result.outcome.error is not None
    assert result.outcome.error.message == "the step took longer than 0.1 s"


@pytest.mark.parametrize(
    "fields",
    [
        "url: '\\(.x)'",
        "url: file:///etc/passwd",
        "url: '//host'",
        "url: 'http://[::1'",
        "url: http://h/\nheaders: {X: 'a\\(\"\\r\\n\")b'}",
        "url: http://h/\nheaders: {X: é}",
        "url: http://h/\nheaders: {'X Y': z}",
    ],
)
def test_what_cannot_be_sent_is_an_invalid_argument(stage: Stage, server: Server, fields: str) -> None:
    server.json("/", {})
    result = call(stage, fields, {"x": ""})
    assert result.code == "STEP_INVALID_ARGUMENT"
    assert server.calls == []


def test_only_allowed_hosts_are_reached_redirects_included(stage: Stage, server: Server) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    server.routes["/a"] = lambda handler, call: handler.reply(302, b"", location=f"{other}/b")
    server.json("/b", {})
    asked: list[tuple[str, int]] = []

    def allows(host: str, port: int) -> bool:
        asked.append((host, port))
        return host == "127.0.0.1"

    result = call(stage, "url: http://h/a", allows=allows)
    assert result.code == "STEP_PERMISSION_DENIED"
    assert asked == [("127.0.0.1", server.server_address[1]), ("localhost", server.server_address[1])]
    assert [sent.path for sent in server.calls] == ["/a"]


def test_a_template_that_fails_sends_nothing(stage: Stage, server: Server) -> None:
    server.json("/x", {})
    result = call(stage, "url: http://h/x\nbody: '\\(.a | error)'", {"a": "boo"})
    assert (result.outcome.ending, result.code) == (Ending.FAILED, "STEP_INVALID_TEMPLATE_EXPRESSION")
    assert server.calls == []
