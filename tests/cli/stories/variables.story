# Variables, and secrets that never show.

+++ declarative.yaml
version: 1
name: shop
variables:
  word: {type: string}
  token: {type: string, sensitive: true, env: SHOP_TOKEN}
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}', token: '${var.token}'}}
+++

$ declarative plan
!
! Error: The variable "word" has no value
!
!  on declarative.yaml line 4:
!  4:  word: {type: string}
!  ^^^^
!
! hint: Give it by --var word=..., --var-file FILE,
! environments.NAME.variables.word, the environment variable
! $DECLARATIVE_VAR_word, or a default.
!
! Error: The variable "token" has no value
!
!  on declarative.yaml line 5:
!  5:  token: {type: string, sensitive: true, env: SHOP_TOKEN}
!  ^^^^^
!
! hint: Give it by --var token=..., --var-file FILE,
! environments.NAME.variables.token, the environment variable $SHOP_TOKEN or
! $DECLARATIVE_VAR_token, or a default.
= 1
$ export SHOP_TOKEN=opensesame
$ declarative plan --var word=hello
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say  = "hello"
|       + input.token = (sensitive value)
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
!
! Warning: The engine keeps inputs in clear, sensitive values too
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}', token: '${var.token}'}}
!  ^^^^^^^^^^^^
!
! Whoever may read executions there can read them.
= 0
$ declarative apply --auto-approve --var word=hello
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say  = "hello"
|       + input.token = (sensitive value)
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
!
! Warning: The engine keeps inputs in clear, sensitive values too
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}', token: '${var.token}'}}
!  ^^^^^^^^^^^^
!
! Whoever may read executions there can read them.
= 0
$ engine settle
$ export SHOP_TOKEN=rotated-since
$ declarative plan --var word=hello --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
!
! Warning: The engine keeps inputs in clear, sensitive values too
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}', token: '${var.token}'}}
!  ^^^^^^^^^^^^
!
! Whoever may read executions there can read them.
= 0
$ declarative plan --var word=opensesame
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because the declaration differs from what was started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.say = "hello" -> (sensitive value)
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
!
! Warning: The engine keeps inputs in clear, sensitive values too
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}', token: '${var.token}'}}
!  ^^^^^^^^^^^^
!
! Whoever may read executions there can read them.
= 0
$ declarative history hello --var word=hello
| hello  <execution 1>  FINISHED  <time>
|
| STEP  TYPE  STATUS  TOOK
| answer  NoOp  COMPLETED  <time>
= 0
$ declarative show hello --var word=hello
| hello
|
| declared:
|   workflow: workflows/quick.yaml
|   provider: embedded
|   revision: 1
|   run: once
|   on_change: rerun
|   on_remove: stop
|   protected: false
|   file: declarative.yaml
|   line: 7
|
| state:
|   generation: 1
|   retired: false
|   execution:
|     id: <execution 1>
|     workflow: workflows/quick.yaml
|     workflow_id: embjyaz51jo2hyzxk1rx
|     provider: embedded <uuid>
|     revision: 1
|     spec: <digest>
|     outcome: finished
|     started_at: <when>
|     duration: <time>
|     ended_at: <when>
|     input:
|       say: hello
|       token: (sensitive value)
|     protected: false
|     on_remove: stop
|
| decision:
|   action: none
|   code: done
|   reason: it has finished
|   row: 10 of the decision table: finished
|   gate: ready
|   generation: 1
|   spec: <digest>
|   execution_id: <execution 1>
|   seen:
|     status: FINISHED
|     started_at: <when>
|     duration: <time>
= 0
