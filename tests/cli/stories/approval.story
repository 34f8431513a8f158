# Without a terminal nobody can be asked.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
+++

$ declarative apply
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
!
! Error: There is no terminal to ask for approval on
!
! hint: Say --auto-approve, or apply a plan saved with `plan --out`.
= 1
$ declarative status
| ADDRESS  STATUS
| hello  NOT_STARTED
|
| Executions: 1 NOT_STARTED.
= 0
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

# Nothing to do needs no approval.
$ declarative apply
| No changes. The executions match the configuration.
| Executions: 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
= 0
