# What is suspended is left alone, in every plan, until it is resumed.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
  other: {workflow: workflows/quick.yaml, input: {say: hi}}
+++

$ declarative suspend other --reason "migration tonight"
| other: suspended
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
| Note: other: it is suspended: migration tonight
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 suspended.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative plan --detailed-exitcode
| Note: other: it is suspended: migration tonight
|
| No changes. The executions match the configuration.
| Executions: 1 finished, 1 suspended.
= 0
$ declarative status
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| hello  FINISHED  <ago>  <time>  <execution 1>
| other  NOT_STARTED
|     it is suspended: migration tonight
|
| Executions: 1 FINISHED, 1 NOT_STARTED.
= 0
$ declarative resume other
| other: resumed
= 0
$ declarative resume other
!
! Error: other is not suspended
!
!  with other
= 1
$ declarative suspend nobody --reason x
!
! Error: There is no execution nobody
= 1
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 finished.
= 2
