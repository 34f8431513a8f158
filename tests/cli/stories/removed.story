# What is running and no longer declared is stopped by apply, and only by apply.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, stop_grace: 0s}
  other: {workflow: workflows/long.yaml, input: {n: 2}, stop_grace: 0s}
+++

$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # listener will be started
|   # (because it is declared and was never started)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input = {}
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/long.yaml on embedded <uuid>
|       + input.n = 2
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 2 to start now.
| Sending 2 starts (state serial <n>)
| listener: started [id=<execution 1>]
| other: started [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Left: 2 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 2 in progress.
= 0
$ edit declarative.yaml "  listener: {workflow: workflows/long.yaml, stop_grace: 0s}" ""
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   - stop
|
| declarative will perform the following actions:
|
|   # listener will be stopped
|   # (because it is no longer declared)
|   - listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 1 to destroy.
| Executions: 1 to stop, 1 in progress.
= 2
$ declarative apply --auto-approve
| (the same plan)
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 1>]
| listener: stopped after <time> [id=<execution 1>]
| listener: retired from state [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
| Executions: 1 retired.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress.
= 0
$ declarative status
| ADDRESS  STATUS  STARTED  EXECUTION
| other  RUNNING  <ago>  <execution 2>
|     at sleep
|
| Executions: 1 RUNNING.
= 0
$ declarative state list
| listener
| other
= 0
