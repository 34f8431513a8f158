# Drift tells what moved since the last apply, and writes nothing.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
  broken: {workflow: workflows/fail.yaml, input: {table: orders}}
  listener: {workflow: workflows/long.yaml}
+++

$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hello"
|
|   # broken will be started
|   # (because it is declared and was never started)
|   + broken
|         workflow workflows/fail.yaml on embedded <uuid>
|       + input.table = "orders"
|
|   # listener will be started
|   # (because it is declared and was never started)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input = {}
|
| Plan: 3 to add, 0 to change, 0 to destroy.
| Executions: 3 to start now.
| Sending 3 starts (state serial <n>)
| broken: started [id=<execution 1>]
| hello: started [id=<execution 2>]
| listener: started [id=<execution 3>]
| Apply complete! Resources: 3 added, 0 changed, 0 destroyed.
| Left: 3 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ declarative drift
| ! broken FAILED since the last apply
|     execution <execution 1>
|     STEP_FAIL: no such table: orders
|
| Drift: 1 execution moved. Checked 3 of 3 executions.
= 2
$ engine stop listener
$ declarative drift
| ! broken FAILED since the last apply
|     execution <execution 1>
|     STEP_FAIL: no such table: orders
| ! listener was STOPPED from outside
|     execution <execution 3>
|
| Drift: 2 executions moved. Checked 3 of 3 executions.
= 2
$ engine start workflows/long.yaml '{"n": 5}'
$ declarative drift --unmanaged
| ! broken FAILED since the last apply
|     execution <execution 1>
|     STEP_FAIL: no such table: orders
| ! listener was STOPPED from outside
|     execution <execution 3>
|
| + <execution 4> of workflows/long.yaml is RUNNING, and nobody declared it
|
| Drift: 2 executions moved, 1 unmanaged. Checked 3 of 3 executions.
= 2
$ declarative plan
| Actions are indicated with the following symbols:
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
|   # listener is blocked: stopped
|   # (it was stopped from outside; rerun_on does not name stopped; --replace runs it again)
|   ! listener
|         execution <execution 3>
|         status STOPPED, started <when>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 finished, 1 failed, 1 stopped from outside.
= 0
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 2 blocked.
= 3
$ declarative drift
| No drift. Checked 3 of 3 executions.
= 0
$ declarative --json drift
| {"format_version":"1.0","name":"shop","environment":"","timestamp":"<when>","checked":3,"known":3,"complete":true,"drift":false,"resource_drift":[],"unread":[]}
= 0
