# `run: always` is settled when it was seen running, and comes back when it was stopped.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, run: always, stop_grace: 0s}
  after: {workflow: workflows/quick.yaml, input: {say: up}, depends_on: [listener]}
+++

$ declarative apply --auto-approve --wait
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
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for listener)
|   + after
|       + input.say = "up"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
| Sending 1 start (state serial <n>)
| listener: started [id=<execution 1>]
| Sending 1 start (state serial <n>)
| after: started [id=<execution 2>]
| after: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress, 1 finished.
= 0
$ engine stop listener
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # listener will be started again later
|   # (because it was stopped from outside, and rerun_on allows another try)
|   # (held: it waits until <when> before the next try)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 1>
|         status STOPPED, started <when>
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 finished; 1 held.
= 2
$ declarative drift
| ! listener was STOPPED from outside
|     execution <execution 1>
|
| Drift: 1 execution moved. Checked 2 of 2 executions.
= 2
$ declarative destroy --auto-approve
| Actions are indicated with the following symbols:
|   . change state alone (adopt, retire)
|
| declarative will perform the following actions:
|
|   # listener will be retired from state
|   # (because everything is to be destroyed; its outcome is remembered)
|   . listener
|         execution <execution 1>
|         status STOPPED, started <when>
|
|   # after will be retired from state
|   # (because everything is to be destroyed; its outcome is remembered)
|   . after
|         execution <execution 2>
|         status FINISHED, started <when>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 2 to retire.
| after: retired from state [id=<execution 2>]
| listener: retired from state [id=<execution 1>]
| Destroy complete! Resources: 0 destroyed.
| Executions: 2 retired.
= 0
