# `on_change: start_first`, for what is active and for what has finished.

+++ declarative.yaml
version: 1
name: shop
defaults: {on_change: start_first, stop_grace: 0s}
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
|   + start
| +/- start again, then stop the old one
|
| declarative will perform the following actions:
|
|   # done will be started again
|   # (because the declaration differs from what was started)
|   + done
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.say = "one" -> "two"
|
|   # listener will be started again before the old one is stopped
|   # (because the declaration differs from what was started)
| +/- listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 2>
|         status RUNNING, started <when>
|       ~ input.run = 1 -> 2
|
| Plan: 2 to add, 0 to change, 1 to destroy.
| Executions: 1 to start again, 1 to stop and start again.
! Reading the files, the state and what is active ...
= 2
$ declarative apply --auto-approve
| (the same plan)
| Sending 2 starts (state serial <n>)
| done: started again [id=<execution 3>]
| listener: started again [id=<execution 4>]
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 2>]
| listener: stopped [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 1 destroyed.
| Left: 2 in progress.
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
