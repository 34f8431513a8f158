# Destroy stops what runs and remembers what has finished.

+++ declarative.yaml
version: 1
name: shop
executions:
  done: {workflow: workflows/quick.yaml, input: {say: hi}}
  listener: {workflow: workflows/long.yaml, stop_grace: 0s}
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
|       + input.say = "hi"
|
|   # listener will be started
|   # (because it is declared and was never started)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input = {}
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
$ declarative plan --destroy
| Actions are indicated with the following symbols:
|   - stop
|   . change state alone (adopt, retire)
|
| declarative will perform the following actions:
|
|   # done will be retired from state
|   # (because everything is to be destroyed; its outcome is remembered)
|   . done
|         execution <execution 1>
|         status FINISHED, started <when>
|
|   # listener will be stopped
|   # (because everything is to be destroyed)
|   - listener
|         execution <execution 2>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 1 to destroy.
| Executions: 1 to stop, 1 to retire.
= 0
$ declarative destroy
| (the same plan)
!
! Error: There is no terminal to ask for approval on
!
! hint: Say --auto-approve, or apply a plan saved with `plan --out`.
= 1
$ declarative destroy --auto-approve
| (the same plan)
| Sending 1 stop (state serial <n>)
| done: retired from state [id=<execution 1>]
| listener: terminating [id=<execution 2>]
| listener: stopped after <time> [id=<execution 2>]
| listener: retired from state [id=<execution 2>]
| Destroy complete! Resources: 1 destroyed.
| Executions: 2 retired.
= 0
$ declarative destroy --auto-approve
| No changes. There is nothing to destroy.
| Destroy complete! Resources: 0 destroyed.
= 0
$ declarative status
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| done  FINISHED  <ago>  <time>  <execution 1>
| listener  STOPPED  <ago>  <time>  <execution 2>
|
| Executions: 1 FINISHED, 1 STOPPED.
= 0

# What has finished is not run again after it; what was stopped is.
$ declarative plan
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # listener will be started again
|   # (because it was stopped by us, for a reason that no longer holds)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 2>
|         status STOPPED, started <when>
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again, 1 finished.
= 0
