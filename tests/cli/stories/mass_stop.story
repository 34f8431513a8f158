# A plan that would stop much because declarations went away is refused.

+++ declarative.yaml
version: 1
name: shop
defaults: {stop_grace: 0s}
executions:
  load:
    workflow: workflows/long.yaml
    for_each: [a, b, c, d, e, f, g, h]
    input: {say: '${each.key}'}
+++

$ declarative apply --auto-approve --parallelism 1
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["a"] will be started
|   # (because it is declared and was never started)
|   + load["a"]
|         workflow workflows/long.yaml on embedded <uuid>
|       + input.say = "a"
|       … 7 more alike (-v shows them)
|
| Plan: 8 to add, 0 to change, 0 to destroy.
| Executions: 8 to start now.
| Sending 8 starts (state serial <n>)
| load["a"]: started [id=<execution 1>]
| load["b"]: started [id=<execution 2>]
| load["c"]: started [id=<execution 3>]
| load["d"]: started [id=<execution 4>]
| load["e"]: started [id=<execution 5>]
| load["f"]: started [id=<execution 6>]
| load["g"]: started [id=<execution 7>]
| load["h"]: started [id=<execution 8>]
| Apply complete! Resources: 8 added, 0 changed, 0 destroyed.
| Left: 8 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ edit declarative.yaml "[a, b, c, d, e, f, g, h]" "[a]"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   - stop
|
| declarative will perform the following actions:
|
|   # load["b"] will be stopped
|   # (because it is no longer declared)
|   - load["b"]
|         execution <execution 2>
|         status RUNNING, started <when>
|       … 6 more alike (-v shows them)
|
| Plan: 0 to add, 0 to change, 7 to destroy.
| Executions: 7 to stop, 1 in progress.
!
! Error: This plan would stop 7 of 8 active executions
!
! More than the limit of safety.max_stops. A removed file or a changed default often looks like this.
!
! hint: If that is meant, say --allow-stops 7.
= 1
$ declarative apply --auto-approve
| (the same plan)
!
! Error: This plan would stop 7 of 8 active executions
!
! More than the limit of safety.max_stops. A removed file or a changed default
! often looks like this.
!
! hint: If that is meant, say --allow-stops 7.
= 1
$ declarative apply --auto-approve --allow-stops 7
| (the same plan)
| Sending 7 stops (state serial <n>)
| load["b"]: terminating [id=<execution 2>]
| load["b"]: stopped after <time> [id=<execution 2>]
| load["b"]: retired from state [id=<execution 2>]
| load["c"]: terminating [id=<execution 3>]
| load["c"]: stopped after <time> [id=<execution 3>]
| load["c"]: retired from state [id=<execution 3>]
| load["d"]: terminating [id=<execution 4>]
| load["d"]: stopped after <time> [id=<execution 4>]
| load["d"]: retired from state [id=<execution 4>]
| load["e"]: terminating [id=<execution 5>]
| load["e"]: stopped after <time> [id=<execution 5>]
| load["e"]: retired from state [id=<execution 5>]
| load["f"]: terminating [id=<execution 6>]
| load["f"]: stopped after <time> [id=<execution 6>]
| load["f"]: retired from state [id=<execution 6>]
| load["g"]: terminating [id=<execution 7>]
| load["g"]: stopped after <time> [id=<execution 7>]
| load["g"]: retired from state [id=<execution 7>]
| load["h"]: terminating [id=<execution 8>]
| load["h"]: stopped after <time> [id=<execution 8>]
| load["h"]: retired from state [id=<execution 8>]
| Apply complete! Resources: 0 added, 0 changed, 7 destroyed.
| Executions: 7 retired.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ remove declarative.yaml
$ declarative destroy --auto-approve
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
+++ declarative.yaml
version: 1
name: shop
executions: {}
+++
$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   - stop
|
| declarative will perform the following actions:
|
|   # load["a"] will be stopped
|   # (because it is no longer declared)
|   - load["a"]
|         execution <execution 1>
|         status RUNNING, started <when>
|
| Plan: 0 to add, 0 to change, 1 to destroy.
| Executions: 1 to stop.
!
! Error: The configuration declares no execution, and state knows 1 of them
!
! An empty configuration would stop everything that is active.
!
! hint: If that is meant, say --allow-empty, or use `declarative destroy`.
= 1
$ declarative apply --auto-approve --allow-empty
| (the same plan)
| Sending 1 stop (state serial <n>)
| load["a"]: terminating [id=<execution 1>]
| load["a"]: stopped after <time> [id=<execution 1>]
| load["a"]: retired from state [id=<execution 1>]
| Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
| Executions: 1 retired.
= 0
