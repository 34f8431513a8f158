# `on_change: keep`, for what is active and for what has finished.

+++ declarative.yaml
version: 1
name: shop
defaults: {on_change: keep, stop_grace: 0s}
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
| No changes. The executions match the configuration.
| Executions: 1 in progress, 1 finished.
! Reading the files, the state and what is active ...
= 0
$ declarative apply --auto-approve
| No changes. The executions match the configuration.
| Executions: 1 in progress, 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress, 1 finished.
! Reading the files, the state and what is active ...
= 0
$ declarative drift --unmanaged
| No drift. Checked 2 of 2 executions.
= 0
