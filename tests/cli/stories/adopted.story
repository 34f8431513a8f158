# `adopt` in the file binds instead of starting.

+++ declarative.yaml
version: 1
name: shop
executions:
  other: {workflow: workflows/quick.yaml, input: {say: hi}}
+++

$ declarative apply --auto-approve --wait
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
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| other: started [id=<execution 1>]
| other: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ engine start workflows/quick.yaml '{"say": "hello"}'
$ edit declarative.yaml "executions:" "executions:\n  hello: {workflow: workflows/quick.yaml, input: {say: hello}, adopt: {last}}"
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   . change state alone (adopt, retire)
|
| declarative will perform the following actions:
|
|   # hello will be adopted
|   # (because adopt names it)
|   . hello
|         workflow workflows/quick.yaml on embedded <uuid>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 to adopt, 1 finished.
= 2
$ declarative apply --auto-approve
| (the same plan)
| hello: adopted
| hello: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Executions: 1 adopted, 1 finished.
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 2 finished.
= 0

# No execution has two addresses.
$ edit declarative.yaml ", adopt: {last}}" "}\n  again: {workflow: workflows/quick.yaml, input: {say: hello}, adopt: {last}}"
$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # again is blocked: adopt refused
|   # (because adopt names it)
|   # (<execution 2> is bound to hello already; `state mv` and `moved_from`
|   # rename)
|   ! again
|         workflow workflows/quick.yaml on embedded <uuid>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 2 finished; 1 blocked.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 blocked.
= 3
