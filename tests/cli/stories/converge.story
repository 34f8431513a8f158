# A first apply converges; the second plan has nothing to do.

+++ declarative.yaml
version: 1
name: shop
workflows: {quick: workflows/quick.yaml}
executions:
  hello:
    workflow: quick
    input: {say: hello}
+++

$ declarative plan -detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow quick on embedded (new)
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 2
$ declarative apply -auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow quick on embedded <uuid>
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle
$ declarative plan -detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative apply --auto-approve --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
= 0
$ declarative plan -detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative apply
| No changes. The executions match the configuration.
| Executions: 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
= 0
$ declarative state list
| hello
= 0

$ declarative status --failed
| No execution needs attention.
= 0
