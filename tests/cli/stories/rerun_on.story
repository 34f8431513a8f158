# With `rerun_on` a failure is started again, until the attempts are used up.

+++ declarative.yaml
version: 1
name: shop
executions:
  broken: {workflow: workflows/fail.yaml, input: {table: orders}, rerun_on: [failed], max_attempts: 1}
+++

$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # broken will be started
|   # (because it is declared and was never started)
|   + broken
|         workflow workflows/fail.yaml on embedded <uuid>
|       + input.table = "orders"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| broken: started [id=<execution 1>]
| broken: FAILED after <time> [id=<execution 1>]: STEP_FAIL: no such table: orders
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 failed.
| Left: 1 blocked.
= 3
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # broken is blocked: failed
|   # (it failed with STEP_FAIL, once; --replace runs it again)
|   ! broken
|         execution <execution 1>
|         status FAILED, started <when>
|         error STEP_FAIL: no such table: orders
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 failed.
= 2
$ edit declarative.yaml "max_attempts: 1" "max_attempts: 2"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # broken will be started again later
|   # (because it failed, and rerun_on allows another try)
|   # (held: it waits until <when> before the next try)
|   + broken
|         workflow workflows/fail.yaml on embedded <uuid>
|         execution <execution 1>
|         status FAILED, started <when>
|         error STEP_FAIL: no such table: orders
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 held.
= 2
