# `on_change: forbid`, for what is active and for what has finished.

+++ declarative.yaml
version: 1
name: shop
defaults: {on_change: forbid, stop_grace: 0s}
executions:
  done: {workflow: workflows/quick.yaml, input: {say: one}}
  listener: {workflow: workflows/long.yaml, input: {run: 1}}
+++

$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # done will be started
|   # (because it is declared and was never started)
|   + done
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "one"
|
|   # listener will be started
|   # (because it is declared and was never started)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input.run = 1
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 2 to start now.
| Sending 2 starts (state serial <n>)
| done: started [id=<execution 1>]
| listener: started [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Left: 2 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ edit declarative.yaml "run: 1" "run: 2"
$ edit declarative.yaml "say: one" "say: two"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # done is blocked: forbidden
|   # (because the declaration differs from what was started)
|   # (on_change is forbid)
|   ! done
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.say = "one" -> "two"
|
|   # listener is blocked: forbidden
|   # (because the declaration differs from what was started)
|   # (on_change is forbid)
|   ! listener
|         execution <execution 2>
|         status RUNNING, started <when>
|       ~ input.run = 1 -> 2
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 2 blocked.
! Reading the files, the state and what is active ...
= 2
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 in progress, 2 blocked.
| Run declarative wait to follow them to their end.
= 3
$ engine settle
$ declarative plan --detailed-exitcode
| (the same plan)
! Reading the files, the state and what is active ...
= 2
$ declarative drift --unmanaged
| No drift. Checked 2 of 2 executions.
= 0
