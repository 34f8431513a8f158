# A change of policy alone updates state and leaves the run alone.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, on_remove: stop}
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
$ edit declarative.yaml "on_remove: stop" "on_remove: abandon"
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
= 2
$ declarative apply --auto-approve
| (the same plan)
| listener: updated in state [id=<execution 1>]
| Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress.
= 0
