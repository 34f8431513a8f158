# `--timeout` ends the waiting, not the executions; exit 6 says so.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, stop_grace: 0s}
+++

$ declarative apply --auto-approve --wait --timeout 0s
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
| The time is up; executions go on.
= 6
$ engine settle
$ declarative wait --timeout 0s
| The time is up; executions go on.
= 6
$ declarative wait nobody
!
! Error: There is no execution nobody
= 1
$ declarative status --check
| ADDRESS  STATUS  STARTED  EXECUTION
| listener  RUNNING  <ago>  <execution 1>
|     at sleep
|
| Executions: 1 RUNNING.
= 0
