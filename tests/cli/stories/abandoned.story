# `on_remove: abandon` as it was recorded lets the execution go on.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, on_remove: abandon}
  other: {workflow: workflows/quick.yaml, input: {say: hi}}
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
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hi"
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
$ edit declarative.yaml "  listener: {workflow: workflows/long.yaml, on_remove: abandon}" ""
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   . change state alone (adopt, retire)
|
| declarative will perform the following actions:
|
|   # listener will be abandoned: its execution goes on
|   # (because it is no longer declared, and on_remove is abandon)
|   . listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 to retire, 1 finished.
= 2
$ declarative apply --auto-approve
| (the same plan)
| listener: forgotten; its execution goes on [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Executions: 1 retired.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative drift --unmanaged
| No drift. Checked 1 of 1 execution.
= 0
