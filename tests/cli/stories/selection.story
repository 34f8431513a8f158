# A selection acts on what it names, and says what it left out.

+++ declarative.yaml
version: 1
name: shop
executions:
  load:
    workflow: workflows/quick.yaml
    for_each: [eu, us, apac]
    labels: {team: data}
    input: {say: '${each.key}'}
  other: {workflow: workflows/quick.yaml, input: {say: hi}}
  after: {workflow: workflows/quick.yaml, input: {say: after}, depends_on: [load]}
+++

$ declarative plan --target 'load["eu"]'
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["eu"] will be started
|   # (because it is declared and was never started)
|   + load["eu"]
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "eu"
|
| Note: the selection leaves out 4 instances.
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 0
$ declarative plan --target load.eu --target 'oth*'
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["eu"] will be started
|   # (because it is declared and was never started)
|   + load["eu"]
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "eu"
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "hi"
|
| Note: the selection leaves out 3 instances.
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 2 to start now.
= 0
$ declarative plan --exclude load
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "hi"
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for load["eu"], load["us"], load["apac"])
|   + after
|       + input.say = "after"
|
| Note: the selection leaves out 3 instances.
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
= 0
$ declarative plan --label team=data
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["eu"] will be started
|   # (because it is declared and was never started)
|   + load["eu"]
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "eu"
|       … 2 more alike (-v shows them)
|
| Note: the selection leaves out 2 instances.
|
| Plan: 3 to add, 0 to change, 0 to destroy.
| Executions: 3 to start now.
= 0
$ declarative plan --label team=nobody
!
! Error: No execution has the label team=nobody
!
! hint: Did you mean "team=data"?
= 1
$ declarative plan --failed
| Note: the selection leaves out 5 instances.
|
| No changes. The executions match the configuration.
= 0
$ declarative plan --target lod
!
! Error: No execution matches lod
!
! hint: Did you mean "load"?
= 1
$ declarative apply --auto-approve --wait --target 'load[eu]'
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["eu"] will be started
|   # (because it is declared and was never started)
|   + load["eu"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "eu"
|
| Note: the selection leaves out 4 instances.
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| load["eu"]: started [id=<execution 1>]
| load["eu"]: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative plan -v
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["us"] will be started
|   # (because it is declared and was never started)
|   + load["us"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "us"
|
|   # load["apac"] will be started
|   # (because it is declared and was never started)
|   + load["apac"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "apac"
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hi"
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for load["us"], load["apac"])
|   + after
|       + input.say = "after"
|
| Plan: 4 to add, 0 to change, 0 to destroy.
| Executions: 3 to start now, 1 after them, 1 finished.
= 0
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # load["us"] will be started
|   # (because it is declared and was never started)
|   + load["us"]
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "us"
|       … 1 more alike (-v shows them)
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hi"
|
|   # after will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for load["us"], load["apac"])
|   + after
|       + input.say = "after"
|
| Plan: 4 to add, 0 to change, 0 to destroy.
| Executions: 3 to start now, 1 after them, 1 finished.
| Sending 3 starts (state serial <n>)
| load["apac"]: started [id=<execution 2>]
| load["apac"]: finished after <time> [id=<execution 2>]
| load["us"]: started [id=<execution 3>]
| load["us"]: finished after <time> [id=<execution 3>]
| other: started [id=<execution 4>]
| other: finished after <time> [id=<execution 4>]
| Sending 1 start (state serial <n>)
| after: started [id=<execution 5>]
| after: finished after <time> [id=<execution 5>]
| Apply complete! Resources: 4 added, 0 changed, 0 destroyed.
| Executions: 4 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 5 finished.
= 0
$ declarative status
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| other  FINISHED  <ago>  <time>  <execution 4>
| after  FINISHED  <ago>  <time>  <execution 5>
| … 3 of load FINISHED (-v shows them)
|
| Executions: 5 FINISHED.
= 0
$ declarative show load.us
| load["us"]
|
| declared:
|   workflow: workflows/quick.yaml
|   provider: embedded
|   revision: 1
|   run: once
|   on_change: rerun
|   on_remove: stop
|   protected: false
|   labels:
|     team: data
|   file: declarative.yaml
|   line: 4
|
| state:
|   generation: 1
|   retired: false
|   execution:
|     id: <execution 3>
|     workflow: workflows/quick.yaml
|     workflow_id: embjyaz51jo2hyzxk1rx
|     provider: embedded <uuid>
|     revision: 1
|     spec: <digest>
|     outcome: finished
|     started_at: <when>
|     duration: <time>
|     ended_at: <when>
|     input:
|       say: us
|     protected: false
|     on_remove: stop
|
| decision:
|   action: none
|   code: done
|   reason: it has finished
|   row: 10 of the decision table: finished
|   gate: ready
|   generation: 1
|   spec: <digest>
|   execution_id: <execution 3>
|   seen:
|     status: FINISHED
|     started_at: <when>
|     duration: <time>
= 0
$ declarative state list load
| load["eu"]
| load["us"]
| load["apac"]
= 0
$ declarative plan --target 'load["x"]'
!
! Error: No execution matches load["x"]
!
! hint: There are: load["apac"], load["eu"], load["us"].
= 1
$ declarative plan --target ''
!
! Error: An empty pattern selects nothing
= 1
$ declarative plan --exclude laod
!
! Error: No execution matches laod
!
! hint: Did you mean "load"?
= 1
$ declarative plan --exclude 'laod*' --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 5 finished.
= 0
$ declarative show load.x
!
! Error: There is no execution load["x"]
!
! hint: There are: load["apac"], load["eu"], load["us"].
= 1
