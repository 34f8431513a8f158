# `enabled: false` is as if the entry were not there: what runs is stopped.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, enabled: true, stop_grace: 0s}
  never: {workflow: workflows/long.yaml, enabled: false, input: {n: 2}}
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
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| listener: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ edit declarative.yaml "enabled: true" "enabled: false"
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
| Executions: 1 to stop.
!
! Error: The configuration declares no execution, and state knows 1 of them
!
! An empty configuration would stop everything that is active.
!
! hint: If that is meant, say --allow-empty, or use `declarative destroy`.
= 1
$ declarative apply --auto-approve
| (the same plan)
!
! Error: The configuration declares no execution, and state knows 1 of them
!
! An empty configuration would stop everything that is active.
!
! hint: If that is meant, say --allow-empty, or use `declarative destroy`.
= 1
$ declarative apply --auto-approve --allow-empty
| (the same plan)
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 1>]
| listener: stopped after <time> [id=<execution 1>]
| listener: retired from state [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
| Executions: 1 retired.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
= 0
