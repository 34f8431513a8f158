# One change may lift the protection and alter the input.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, protected: true, stop_grace: 0s, input: {run: 1}}
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
|       + input.run = 1
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
$ edit declarative.yaml "protected: true" "protected: false"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ~ update what state keeps
|
| declarative will perform the following actions:
|
|   # listener will be updated in state
|   # (because only policies changed; the execution is not touched)
|   ~ listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 1 to change, 0 to destroy.
| Executions: 1 to update in state.
! Reading the files, the state and what is active ...
= 2
$ edit declarative.yaml "run: 1" "run: 2"
$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
| -/+ stop, then start again
|
| declarative will perform the following actions:
|
|   # listener will be stopped and started again
|   # (because the declaration differs from what was started)
| -/+ listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 1>
|         status RUNNING, started <when>
|       ~ input.run = 1 -> 2
|
| Plan: 1 to add, 0 to change, 1 to destroy.
| Executions: 1 to stop and start again.
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 1>]
| listener: stopped after <time> [id=<execution 1>]
| Sending 1 start (state serial <n>)
| listener: started again [id=<execution 2>]
| Apply complete! Resources: 1 added, 0 changed, 1 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress.
! Reading the files, the state and what is active ...
= 0
