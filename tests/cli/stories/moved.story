# Another name for the same execution: by the file, or by a command.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
+++

$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ edit declarative.yaml "  hello: {" "  greeting: {moved_from: hello, "
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   ~ update what state keeps
|
| declarative will perform the following actions:
|
|   # greeting will be updated in state
|   # (moved from hello)
|   # (because it was hello)
|   ~ greeting
|         execution <execution 1>
|         status FINISHED, started <when>
|
| Plan: 0 to add, 1 to change, 0 to destroy.
| Executions: 1 to update in state.
= 2
$ declarative apply --auto-approve
| (the same plan)
| greeting: updated in state [id=<execution 1>]
| Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
= 0
$ declarative state list
| greeting
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ edit declarative.yaml "  greeting: {moved_from: hello, " "  salute: {"
$ declarative state mv greeting salute
| salute: moved
= 0
$ declarative state mv greeting salute
!
! Error: State knows no greeting
= 1
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative state rm salute
| salute: removed
= 0
$ declarative state rm salute
!
! Error: State knows no salute
= 1
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # salute will be started
|   # (because it is declared and was never started)
|   + salute
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 2
