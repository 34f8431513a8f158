# What exceeds a limit is held, is not wrong, and `--wait` starts it when there is room.

+++ declarative.yaml
version: 1
name: shop
executions:
  load:
    workflow: workflows/quick.yaml
    for_each: [a, b, c]
    max_active: 1
    input: {say: '${each.key}'}
+++

$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["a"] will be started
|   # (because it is declared and was never started)
|   + load["a"]
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "a"
|
|   # load["b"] will be started later
|   # (because it is declared and was never started)
|   # (held: max_active of its entry is reached)
|   + load["b"]
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "b"
|       … 1 more alike (-v shows them)
|
| Plan: 3 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now; 2 held.
! Reading the files, the state and what is active ...
= 2
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["a"] will be started
|   # (because it is declared and was never started)
|   + load["a"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "a"
|
|   # load["b"] will be started later
|   # (because it is declared and was never started)
|   # (held: max_active of its entry is reached)
|   + load["b"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "b"
|       … 1 more alike (-v shows them)
|
| Plan: 3 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now; 2 held.
| Sending 1 start (state serial <n>)
| load["a"]: started [id=<execution 1>]
| load["a"]: finished after <time> [id=<execution 1>]
| Sending 1 start (state serial <n>)
| load["b"]: started [id=<execution 2>]
| load["b"]: finished after <time> [id=<execution 2>]
| Sending 1 start (state serial <n>)
| load["c"]: started [id=<execution 3>]
| load["c"]: finished after <time> [id=<execution 3>]
| Apply complete! Resources: 3 added, 0 changed, 0 destroyed.
| Executions: 3 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 3 finished.
! Reading the files, the state and what is active ...
= 0
