# `run: never` stops what is active, and holds back who waits for it.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, stop_grace: 0s, run: once}
  after: {workflow: workflows/quick.yaml, input: {say: hi}, depends_on: [listener]}
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
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for listener)
|   + after
|       + input.say = "hi"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
| Sending 1 start (state serial <n>)
| listener: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress, 1 deferred.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 0
$ engine settle
$ edit declarative.yaml "run: once" "run: never"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|   - stop
|
| declarative will perform the following actions:
|
|   # listener will be stopped
|   # (because run is never)
|   - listener
|         execution <execution 1>
|         status RUNNING, started <when>
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for listener)
|   + after
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 1 to destroy.
| Executions: 1 to start later, 1 to stop.
! Reading the files, the state and what is active ...
= 2
$ declarative apply --auto-approve
| (the same plan)
| Sending 1 stop (state serial <n>)
| listener: terminating [id=<execution 1>]
| listener: stopped after <time> [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
| Left: 1 deferred.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 0
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for listener)
|   + after
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start later, 1 not to run.
! Reading the files, the state and what is active ...
= 2
$ declarative status
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| listener  STOPPED  <ago>  <time>  <execution 1>
| after  NOT_STARTED
|     deferred: it waits for listener
|
| Executions: 1 NOT_STARTED, 1 STOPPED.
= 0
$ edit declarative.yaml "run: never" "run: once"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # listener will be started again
|   # (because it was stopped by us, for a reason that no longer holds)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|         execution <execution 1>
|         status STOPPED, started <when>
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for listener)
|   + after
|       + input.say = "hi"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start later, 1 to start again.
! Reading the files, the state and what is active ...
= 2
