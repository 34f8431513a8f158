# What a workflow needs from elsewhere is said before it runs; it runs all the same, as far as it comes.

+++ declarative.yaml
version: 1
name: shop
workflows:
  load: {embedded: workflows/load.yaml, yandex: dfqaaaaaaaaaaaaaaaa2}
executions:
  parent: {workflow: workflows/parent.yaml}
+++

+++ workflows/parent.yaml
yawl: "1.0"
start: by_name
steps:
  by_name: {workflow: {workflowId: load, output: '\({named: .})', next: by_id}}
  by_id: {workflow: {workflowId: dfqaaaaaaaaaaaaaaaa2, output: '\({id: ., named})', next: elsewhere}}
  elsewhere: {workflow: {workflowId: dfqaaaaaaaaaaaaaaaa3}}
+++

+++ workflows/load.yaml
yawl: "1.0"
start: ask
steps:
  ask: {functionCall: {functionId: d4e}}
+++

$ declarative validate
| Success! The configuration is valid. It declares 1 execution.
!
! Warning: The step elsewhere runs the workflow dfqaaaaaaaaaaaaaaaa3, which is not known here
!
!  on workflows/parent.yaml line 6:
!  6:  elsewhere: {workflow: {workflowId: dfqaaaaaaaaaaaaaaaa3}}
!  ^^^^^^^^^
!
! On this machine it fails with STEP_INVALID_ARGUMENT.
!
! hint: Say under workflows which file that is: {embedded: PATH, yandex: dfqaaaaaaaaaaaaaaaa3}.
!
! Warning: The step ask is a functionCall, which needs the cloud
!
!  on workflows/load.yaml line 4:
!  4:  ask: {functionCall: {functionId: d4e}}
!  ^^^
!
! On this machine it fails with STEP_FAILED_PRECONDITION.
!
! hint: Give it an answer under providers.embedded.mocks.
= 0
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # parent will be started
|   # (because it is declared and was never started)
|   + parent
|         workflow workflows/parent.yaml on embedded <uuid>
|       + input = {}
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| parent: started [id=<execution 1>]
| parent: FAILED after <time> [id=<execution 1>]: STEP_FAILED_PRECONDITION: functionCall needs the cloud; providers.embedded.mocks.ask or .functionCall can give its answer
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 failed.
| Left: 1 blocked.
!
! Warning: The step elsewhere runs the workflow dfqaaaaaaaaaaaaaaaa3, which is not known here
!
!  on workflows/parent.yaml line 6:
!  6:  elsewhere: {workflow: {workflowId: dfqaaaaaaaaaaaaaaaa3}}
!  ^^^^^^^^^
!
! On this machine it fails with STEP_INVALID_ARGUMENT.
!
! hint: Say under workflows which file that is: {embedded: PATH, yandex: dfqaaaaaaaaaaaaaaaa3}.
!
! Warning: The step ask is a functionCall, which needs the cloud
!
!  on workflows/load.yaml line 4:
!  4:  ask: {functionCall: {functionId: d4e}}
!  ^^^
!
! On this machine it fails with STEP_FAILED_PRECONDITION.
!
! hint: Give it an answer under providers.embedded.mocks.
= 3
$ edit declarative.yaml "executions:" "providers: {embedded: {mocks: {ask: {rows: 4}, elsewhere: {ok: true}}}}\nexecutions:"
$ declarative validate
| Success! The configuration is valid. It declares 1 execution.
= 0
$ declarative apply --auto-approve --wait --replace parent
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # parent will be started again
|   # (because it was asked for with --replace)
|   + parent
|         workflow workflows/parent.yaml on embedded <uuid>
|         execution <execution 1>
|         status FAILED, started <when>
|         error STEP_FAILED_PRECONDITION: functionCall needs the cloud; providers.embedded.mocks.ask or .functionCall can
|         give its answer
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
| Sending 1 start (state serial <n>)
| parent: started again [id=<execution 2>]
| parent: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative history parent
| parent  <execution 2>  FINISHED  <time>
|
| STEP  TYPE  STATUS  TOOK
| by_name  Workflow  COMPLETED  <time>
| by_id  Workflow  COMPLETED  <time>
| elsewhere  Workflow  COMPLETED  <time>
= 0
