# A failure is visible from then on, is repaired only where the file says so, and not for ever.

+++ declarative.yaml
version: 1
name: shop
executions:
  broken: {workflow: workflows/fail.yaml, input: {table: orders}}
  after: {workflow: workflows/quick.yaml, input: {say: hi}, depends_on: [broken]}
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
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for broken)
|   + after
|       + input.say = "hi"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
| Sending 1 start (state serial <n>)
| broken: started [id=<execution 1>]
| broken: FAILED after <time> [id=<execution 1>]: STEP_FAIL: no such table: orders
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 failed.
| Left: 1 deferred, 1 blocked.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 3
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # broken is blocked: failed
|   # (it failed with STEP_FAIL; rerun_on does not name failed; --replace runs it again)
|   ! broken
|         execution <execution 1>
|         status FAILED, started <when>
|         error STEP_FAIL: no such table: orders
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: broken cannot go on)
|   + after
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start later, 1 failed.
= 2
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 deferred, 1 blocked.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 3
$ declarative status --check
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| broken  FAILED  <ago>  <time>  <execution 1>
|     STEP_FAIL: no such table: orders
|     blocked: it failed with STEP_FAIL; rerun_on does not name failed; --replace runs it again
| after  NOT_STARTED
|     deferred: broken cannot go on
|
| Executions: 1 FAILED, 1 NOT_STARTED.
| 1 execution needs attention.
= 3
$ declarative status --failed
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| broken  FAILED  <ago>  <time>  <execution 1>
|     STEP_FAIL: no such table: orders
|     blocked: it failed with STEP_FAIL; rerun_on does not name failed; --replace runs it again
|
| Executions: 1 FAILED.
| 1 execution needs attention.
= 0
$ declarative show broken
| broken
|
| declared:
|   workflow: workflows/fail.yaml
|   provider: embedded
|   revision: 1
|   run: once
|   on_change: rerun
|   on_remove: stop
|   protected: false
|   file: declarative.yaml
|   line: 4
|
| state:
|   generation: 1
|   retired: false
|   failures: 1
|   not_before: <when>
|   execution:
|     id: <execution 1>
|     workflow: workflows/fail.yaml
|     workflow_id: embrbzuvvhnslujrkxln
|     provider: embedded <uuid>
|     revision: 1
|     spec: <digest>
|     outcome: failed
|     started_at: <when>
|     duration: <time>
|     ended_at: <when>
|     input:
|       table: orders
|     protected: false
|     on_remove: stop
|     error:
|       code: STEP_FAIL
|       message: no such table: orders
|
| decision:
|   action: none
|   code: ended
|   reason: it failed
|   row: 11 of the decision table: failed
|   gate: blocked
|   generation: 1
|   gate_code: failed
|   gate_reason: it failed with STEP_FAIL; rerun_on does not name failed; --replace runs it again
|   spec: <digest>
|   execution_id: <execution 1>
|   seen:
|     status: FAILED
|     started_at: <when>
|     duration: <time>
|     error:
|       code: STEP_FAIL
|       message: no such table: orders
= 0
$ declarative history broken
| broken  <execution 1>  FAILED  <time>
|
| STEP  TYPE  STATUS  TOOK
| refuse  Fail  FAILED  <time>
|   STEP_FAIL: no such table: orders
|
| Error: STEP_FAIL: no such table: orders
= 0
$ declarative wait
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| broken  FAILED  <ago>  <time>  <execution 1>
|     STEP_FAIL: no such table: orders
|     blocked: it failed with STEP_FAIL; rerun_on does not name failed; --replace runs it again
|
| Executions: 1 FAILED.
| 1 execution needs attention.
= 3

# Three ways out: run it again, accept it, or repair by itself.
$ declarative apply --auto-approve --replace broken --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # broken will be started again
|   # (because it was asked for with --replace)
|   + broken
|         workflow workflows/fail.yaml on embedded <uuid>
|         execution <execution 1>
|         status FAILED, started <when>
|         error STEP_FAIL: no such table: orders
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for broken)
|   + after
|       + input.say = "hi"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start later, 1 to start again.
| Sending 1 start (state serial <n>)
| broken: started again [id=<execution 2>]
| broken: FAILED after <time> [id=<execution 2>]: STEP_FAIL: no such table: orders
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 failed.
| Left: 1 deferred, 1 blocked.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 3
$ declarative accept broken --reason "loaded by hand"
| broken: accepted
= 0
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # after will be started
|   # (because it is declared and was never started)
|   + after
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 finished.
| Sending 1 start (state serial <n>)
| after: started [id=<execution 3>]
| after: finished after <time> [id=<execution 3>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative status --check
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| broken  ACCEPTED  <ago>  <time>  <execution 2>
|     STEP_FAIL: no such table: orders
| after  FINISHED  <ago>  <time>  <execution 3>
|
| Executions: 1 ACCEPTED, 1 FINISHED.
= 0
