# Another input is another execution: the path is named, and it runs again.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello:
    workflow: workflows/quick.yaml
    input: {say: hello, more: {deep: [1, 2]}}
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
|       + input.say  = "hello"
|       + input.more.deep = [1,2]
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ edit declarative.yaml "say: hello" "say: goodbye"
$ edit declarative.yaml "deep: [1, 2]" "deep: [1, 3]"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because the declaration differs from what was started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.more.deep[1] = 2 -> 3
|       ~ input.say  = "hello" -> "goodbye"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
! Reading the files, the state and what is active ...
= 2
$ declarative apply --auto-approve --wait --detailed-exitcode
| (the same plan)
| Sending 1 start (state serial <n>)
| hello: started again [id=<execution 2>]
| hello: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
! Reading the files, the state and what is active ...
= 0

# Back to the first one: that was done, but another one was done since.
$ edit declarative.yaml "say: goodbye" "say: hello"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because the declaration differs from what was started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 2>
|         status FINISHED, started <when>
|       ~ input.say = "goodbye" -> "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
! Reading the files, the state and what is active ...
= 2
