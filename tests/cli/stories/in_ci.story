# In CI the embedded engine's processes die with the job, so apply waits without being told.

+++ declarative.yaml
version: 1
name: shop
executions:
  first: {workflow: workflows/quick.yaml, input: {say: one}}
  second: {workflow: workflows/quick.yaml, input: {say: two}, depends_on: [first]}
+++

$ export CI=true
$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # first will be started
|   # (because it is declared and was never started)
|   + first
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "one"
|
|   # second will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for first)
|   + second
|       + input.say = "two"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
| Sending 1 start (state serial <n>)
| first: started [id=<execution 1>]
| first: finished after <time> [id=<execution 1>]
| Sending 1 start (state serial <n>)
| second: started [id=<execution 2>]
| second: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Executions: 2 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 2 finished.
! Reading the files, the state and what is active ...
= 0
