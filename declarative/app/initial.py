"""The first configuration: small, and working as it is written."""

from __future__ import annotations

from pathlib import Path

from declarative.diagnostics import Diagnostic, Refused

_SCHEMA = (
    "# yaml-language-server: $schema=declarative.schema.json\n"
    "# `declarative schema config > declarative.schema.json` gives your editor what it needs.\n"
)
_FILES = {
    "declarative.yaml": f"""{_SCHEMA}version: 1
name: example

workflows:
  greet: workflows/greet.yaml
  report: workflows/report.yaml

executions:
  greet:
    workflow: greet
    input: {{name: world}}

  report:
    workflow: report
    depends_on: [greet]
    input: {{title: First run}}
""",
    "workflows/greet.yaml": """yawl: "1.0"
start: pause
steps:
  pause:
    wait: {duration: 1s, next: greet}
  greet:
    noOp:
      output: '\\({greeting: "Hello, \\(.name)!"})'
""",
    "workflows/report.yaml": """yawl: "1.0"
start: write
steps:
  write:
    noOp:
      output: '\\({report: .title})'
""",
}


def write_initial(directory: Path) -> tuple[str, ...]:
    """The files written; none when there is a configuration already. Raises Refused."""
    if (directory / "declarative.yaml").exists():
        return ()
    taken = [name for name in _FILES if (directory / name).exists()]
    if taken:
        summary = f"{directory / taken[0]} is in the way"
        raise Refused([Diagnostic("init_in_the_way", summary, hint="Nothing was written.")])
    try:
        for name, text in _FILES.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        summary = f"{directory} cannot be written to: {error.strerror}"
        raise Refused([Diagnostic("init_unwritable", summary)]) from None
    return tuple(_FILES)
