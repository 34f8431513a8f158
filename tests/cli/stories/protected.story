# Nothing stops or replaces what is protected; removed, its recorded protection counts.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener:
    workflow: workflows/long.yaml
    protected: true
    stop_grace: 0s
    input: {run: 1}
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
|       + input.run = 1
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
$ edit declarative.yaml "run: 1" "run: 2"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # listener is blocked: protected
|   # (it would be stopped and started again, because the declaration differs from what was started)
|   # (it is protected; protected: false in its entry lifts that)
|   ! listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 1>
|         status RUNNING, started <when>
|       ~ input.run = 1 -> 2
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 finished; 1 blocked.
= 2
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 blocked.
= 3
$ declarative destroy --auto-approve
| Actions are indicated with the following symbols:
|   . change state alone (adopt, retire)
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # other will be retired from state
|   # (because everything is to be destroyed; its outcome is remembered)
|   . other
|         execution <execution 2>
|         status FINISHED, started <when>
|
|   # listener is blocked: protected
|   # (it would be stopped, because everything is to be destroyed)
|   # (it is protected; --allow-protected listener lifts that)
|   ! listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 to retire; 1 blocked.
| other: retired from state [id=<execution 2>]
| Destroy complete! Resources: 0 destroyed.
| Executions: 1 retired.
| Left: 1 blocked.
= 3
+++ declarative.yaml
version: 1
name: shop
executions:
  other: {workflow: workflows/quick.yaml, input: {say: hi}}
+++
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # listener is blocked: protected
|   # (it would be stopped, because it is no longer declared)
|   # (it is protected; --allow-protected listener lifts that)
|   ! listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 finished; 1 blocked.
= 2
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 blocked.
= 3
$ declarative apply --auto-approve --allow-protected listener
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
| Executions: 1 to stop, 1 finished.
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 1>]
| listener: stopped after <time> [id=<execution 1>]
| listener: retired from state [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
| Executions: 1 retired.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
