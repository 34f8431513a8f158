"""Reading a workflow: what is accepted, and every problem with its place."""

from __future__ import annotations

import pytest
from language_kit import problems

from declarative.diagnostics import Diagnostic, Severity
from declarative.engine.mocks import Mocks, Value
from declarative.engine.spec import read_workflow

EVERY_STEP = r"""
yawl: "0.1"
start: together
defaultRetryPolicy: {errorList: [STEP_QUOTA_EXCEEDED], retryCount: 2, maxDelay: 10s}
steps:
  together:
    title: All at once
    parallel:
      concurrency: 2
      next: each
      output: \(.left)
      branches:
        left:
          start: call
          steps:
            call: {functionCall: {functionId: <id>, input: '\({posts, action: "filter"})', next: box}}
            box: {containerCall: {containerId: c1**, path: /x, method: POST, body: '\({a: .})', headers: {}, query: {}}}
        right:
          start: save
          steps:
            save: {objectStorage: {bucket: b, object: 'a/\(.k)', put: {content: \(.)}, next: load}}
            load: {objectStorage: {bucket: b, object: o, get: {contentType: JSON}, catch: []}}
  each:
    foreach:
      input: \(.list)
      output: |
        \({
          list: .  # kept
        })
      next: repeat
      do:
        start: queue
        steps:
          queue:
            ymq:
              queueArn: "yrn:yc:ymq:q"
              next: stream
              put:
                body: |-
                  \(.)
          stream: {yds: {database: /d, topic: t, put: {body: "Hello world\\!", partitionKey: '\(. | tostring | length)'}}}
  repeat:
    while: {max_iterations: 3, condition: '$counter < 2', next: pick, do: {start: w, steps: {w: {wait: {duration: .5s}}}}}
  pick:
    switch:
      choices:
        - {condition: "true", next: doc}
        - {condition: '\(.posts.[0].body == "x")', next: good}
      default: {next: bad}
  doc: {ydbDocument: {database: /d, tableName: t, update: {key: '\({x: 1})', expression: SET a = :a}, next: model}}
  model: {foundationModelsCall: {modelUrl: gpt://x, generate: {messages: {messages: [{role: user, text: \(.t)}]}}, next: rpc}}
  rpc: {grpcCall: {endpoint: 'h:443', method: p.S/M, useServiceAccount: true, next: mail}}
  mail: {postbox: {fromAddress: a@b, destination: {toAddresses: [c@d]}, simple: {subject: s}, next: bot}}
  bot: {telegramBot: {token: t, sendMessage: {chatId: 1, text: \(.text)}, next: agent}}
  agent: {aiAgent: {agentConfig: {role: r}, tasks: [{description: 'See: \(.d)'}], output: '\({r: .Result})', next: agent2}}
  agent2: {aiStudioAgent: {promptTemplateId: p, message: hi, next: find}}
  find: {vectorStore: {anything: 1, next: rows}}
  rows: {databaseQuery: {dsn: 'x', query: select 1, mode: QUERY, next: issue}}
  issue: {tracker: {organization: o, oauthToken: '\(lockboxPayload("s"; "k"; "v"))', listIssues: {}, next: file}}
  file: {disk: {get: {path: /x}, next: read}}
  read: {ocr: {next: hear}}
  hear: {stt: {next: http}}
  http:
    httpCall:
      url: https://h/\(.id)
      method: POST
      headers: {Authorization: 'Bearer \(lockboxPayload("s"; "k"))'}
      body: |
        \({a: 1})
      timeout: 5.s
      retryPolicy: {errorList: [ALL], errorListMode: EXCLUDE, retryCount: 1, initialDelay: 1.5s, backoffRate: 2, maxDelay: 1h}
  good: {success: {}}
  bad: {fail: {errorMessage: 'no \(.x)'}}
""".replace("maxDelay: 1h", "maxDelay: 3600s")


def one(text: str) -> Diagnostic:
    (problem,) = problems(text)
    return problem


def step(text: str) -> str:
    return f'yawl: "1.0"\nstart: s\nsteps:\n  s:\n    {text}\n'


def test_every_step_type_is_read() -> None:
    workflow, found = read_workflow(EVERY_STEP, "w.yaml")

    assert found == []
    assert workflow is not None
    listed = {(found.path, found.key) for found in workflow.cloud}
    assert ("together.left/call", "functionCall") in listed
    assert ("each/stream", "yds") in listed
    assert len(listed) == 19
    assert workflow.block.steps["together"].title == "All at once"


def test_mocks_answer_cloud_steps_by_path_id_or_type() -> None:
    workflow, _ = read_workflow(EVERY_STEP, "w.yaml")
    assert workflow is not None
    names = ("objectStorage", "together.left/call", "queue")
    left = workflow.unanswered(Mocks({name: (Value(1),) for name in names}))

    answered = {found.path for found in workflow.cloud} - {found.path for found in left}
    assert answered == {"together.right/save", "together.right/load", "together.left/call", "each/queue"}
    assert left[0].span.line == EVERY_STEP[: EVERY_STEP.index("box:")].count("\n") + 1


def test_nested_workflows_are_listed_with_their_places() -> None:
    text = step("while: {max_iterations: 1, do: {start: w, steps: {w: {workflow: {workflowId: other}}}}}")
    workflow, _ = read_workflow(text, "w.yaml")

    assert workflow is not None
    (nested,) = workflow.nested
    assert (nested.path, nested.workflow_id, nested.span.line) == ("s/w", "other", 5)


@pytest.mark.parametrize("version", ['"0.1"', '"1.0"', "'1.0'"])
def test_both_versions_are_taken(version: str) -> None:
    assert problems(f"yawl: {version}\nstart: s\nsteps: {{s: {{noOp: {{}}}}}}\n") == []


@pytest.mark.parametrize("version", ["0.1", "1.0"])
def test_an_unquoted_version_is_a_warning(version: str) -> None:
    problem = one(f"yawl: {version}\nstart: s\nsteps: {{s: {{noOp: {{}}}}}}\n")
    assert (problem.severity, problem.code) == (Severity.WARNING, "yawl_version")


@pytest.mark.parametrize(
    ("text", "code", "summary", "place"),
    [
        ("", "yawl_type", "A workflow must be a mapping", (1, 1)),
        ('yawl: "2"\nstart: s\nsteps: {s: {noOp: {}}}', "yawl_value", "'0.1', '1.0'", (1, 7)),
        ('yawl: "1.0"\nstart: s\nsteps: {s: {noOp: {}}}\nx: 1', "yawl_unknown_field", "no field x", (4, 1)),
        ('yawl: "1.0"\nstart: s', "yawl_missing_field", "needs the field steps", (1, 1)),
        ('yawl: "1.0"\nstart: s\nsteps: {}', "yawl_value", "at least one step", (3, 8)),
        ('yawl: "1.0"\nstart: t\nsteps: {s: {noOp: {}}}', "yawl_reference", "no step t", (2, 8)),
        (step("noOp: {next: ss}"), "yawl_reference", "no step ss", (5, 18)),
        (step("noop: {}"), "yawl_step_type", "no step type noop", (5, 5)),
        (step("title: x"), "yawl_step_type", "The step s has no type", (4, 3)),
        (step("next: s"), "yawl_step_type", "no step type next", (5, 5)),
        (step("noOp: {}\n    success: {}"), "yawl_step_type", "noOp, success", (6, 5)),
        (step("noOp:"), "yawl_type", "noOp must be a mapping", (5, 10)),
        (step("noOp: {outptu: x}"), "yawl_unknown_field", "no field outptu", (5, 12)),
        (step("noOp: {output: {a: 1}}"), "yawl_value", "output must be a text", (5, 20)),
        (step("httpCall: {method: GET}"), "yawl_missing_field", "needs the field url", (5, 5)),
        (step("httpCall: {url: u, method: FETCH}"), "yawl_value", "one of OPTIONS, GET", (5, 32)),
        (step("httpCall: {url: u, headers: {A: 5}}"), "yawl_value", "A must be a text", (5, 37)),
        (step("httpCall: {url: u, timeout: 1m}"), "yawl_value", "in seconds", (5, 33)),
        (step("httpCall: {url: u, timeout: 901s}"), "yawl_value", "0.001s to 900s", (5, 33)),
        (step("httpCall: {url: 'a\\(.x'}"), "yawl_template", "never closed", (5, 21)),
        (step("httpCall: {url: '\\(.x |)'}"), "yawl_jq", "unexpected end of file", (5, 21)),
        (step("httpCall: {url: '\\($counter)'}"), "yawl_jq", "$counter is not defined", (5, 21)),
        (step("httpCall: {url: '\\(import \"x\" as x; 1)'}"), "yawl_jq", "unexpected import", (5, 21)),
        (step("switch: {choices: [{condition: '.a ==', next: s}]}"), "yawl_jq", "end of file", (5, 36)),
        (step("switch: {choices: [{condition: true, next: s}]}"), "yawl_value", "must be a text", (5, 36)),
        (step("wait: {}"), "yawl_value", "either duration or until", (5, 5)),
        (step("wait: {duration: 1, until: x}"), "yawl_value", "either duration or until", (5, 5)),
        (step("wait: {duration: 1m}"), "yawl_value", "a number of seconds", (5, 22)),
        (step("parallel: {branches: {}}"), "yawl_value", "at least one branch", (5, 26)),
        (step("ydbDocument: {database: d, tableName: t}"), "yawl_value", "get, put, update", (5, 5)),
        (step("functionCall: {}"), "yawl_missing_field", "needs the field functionId", (5, 5)),
        (step("aiAgent: {agentConfig: {}, tasks: [{d: '\\(.['}]}"), "yawl_template", "closed", (5, 44)),
        (step("fail: {}"), "yawl_missing_field", "needs the field errorMessage", (5, 5)),
        (step("workflow: {}"), "yawl_missing_field", "needs the field workflowId", (5, 5)),
        (step("foreach: {input: x, output: x}"), "yawl_missing_field", "needs the field do", (5, 5)),
        (
            step("while: {do: {start: w, steps: {w: {wait: {duration: 1}}}}}"),
            "yawl_value",
            "needs condition or max_iterations",
            (5, 5),
        ),
    ],
)
def test_a_problem_and_its_place(text: str, code: str, summary: str, place: tuple[int, int]) -> None:
    problem = one(text)

    assert problem.code == code
    assert summary in problem.summary
    assert problem.is_error
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == place


@pytest.mark.parametrize(
    ("policy", "summary"),
    [
        ("retryCount: 101", "at most 100"),
        ("retryCount: x", "must be an integer"),
        ("retryCount: 1, initialDelay: 0.5s", "1s to 3600s"),
        ("retryCount: 1, backoffRate: 0.9", "at least 1"),
        ("retryCount: 1, maxDelay: 3601s", "0s to 3600s"),
        ("retryCount: 1, errorListMode: ANY", "INCLUDE, EXCLUDE"),
    ],
)
def test_retry_bounds(policy: str, summary: str) -> None:
    text = step(f"httpCall: {{url: u, retryPolicy: {{errorList: [ALL], {policy}}}}}")
    problem = one(text)
    assert summary in problem.summary
    assert problem.span is not None
    assert text.splitlines()[4][problem.span.column - 1 :].startswith(policy.rpartition(": ")[2])


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("errorList: [ALL]", "yawl_never_retries"),
        ("errorList: [ALL], retryCount: 1, initialDelay: 2s", "yawl_max_delay"),
        ("errorList: [HTTP_CALL_999], retryCount: 1", "yawl_error_code"),
    ],
)
def test_a_policy_that_does_not_do_what_it_says_is_a_warning(policy: str, code: str) -> None:
    problem = one(step(f"httpCall: {{url: u, retryPolicy: {{{policy}}}}}"))
    assert (problem.code, problem.severity) == (code, Severity.WARNING)


@pytest.mark.parametrize(
    "policy",
    [
        "errorList: [ALL], retryCount: 0",
        "errorList: [ALL], retryCount: 1, initialDelay: 2s, maxDelay: 4s",
        "errorList: [ALL], retryCount: 1, initialDelay: 1s, backoffRate: 2.5",
    ],
)
def test_a_policy_that_says_what_it_does_is_no_warning(policy: str) -> None:
    assert problems(step(f"httpCall: {{url: u, retryPolicy: {{{policy}}}}}")) == []


def test_hints_name_what_was_meant() -> None:
    assert one(step("noop: {}")).hint == 'Did you mean "noOp"?'
    assert one(step("noOp: {nxt: s}")).hint == 'Did you mean "next"?'
    assert "inside the step's type" in one(step("noOp: {}\n    next: s")).hint
    assert one(step("httpCall: {url: u, method: get}")).hint == 'Did you mean "GET"?'


def test_next_reaches_only_the_same_steps() -> None:
    text = step("foreach: {input: \\(.), output: \\(.), do: {start: i, steps: {i: {noOp: {next: s}}}}}")
    problem = one(text)
    assert (problem.code, "no step s" in problem.summary) == ("yawl_reference", True)


def test_all_problems_in_one_run_in_the_files_order() -> None:
    text = 'yawl: "1.0"\nstart: x\nsteps:\n  a: {noOp: {next: y}}\n  b: {}\n  c: {httpCall: {url: "\\\\(.", body: 1}}\nz: 1\n'
    found = problems(text)
    assert [problem.span.line for problem in found if problem.span] == [2, 4, 5, 6, 6, 7]


def test_max_iterations_in_both_spellings() -> None:
    def loop(fields: str) -> str:
        return step(f"while: {{{fields}, do: {{start: w, steps: {{w: {{wait: {{duration: 1}}}}}}}}}}")

    assert problems(loop("max_iterations: 3")) == problems(loop("maxIterations: '\\(.n)'")) == []
    assert "both spellings" in one(loop("max_iterations: 3, maxIterations: 4")).summary
    assert one(loop("max_iterations: true")).code == "yawl_value"
