# Terraform's spellings, and the common options before and after the command.

+++ sub/declarative.yaml
version: 1
name: shop
variables: {word: {default: hello}}
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word}'}}
+++
+++ sub/workflows/quick.yaml
yawl: "1.0"
start: answer
steps:
  answer: {noOp: {output: '\({said: .say})'}}
+++

$ declarative -chdir=sub plan -no-color -input=false -compact-warnings -var=word=-x
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "-x"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 0
$ declarative plan -C sub -out=tfplan -refresh=false
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
|
| Saved the plan to tfplan. To carry it out: declarative apply tfplan
= 0
$ declarative apply -C sub -input=false --wait tfplan
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
$ declarative -C sub wait
| Nothing goes on, and nothing is wrong with 1 execution.
= 0
$ declarative -C sub plan -refresh=false -detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative -C sub plan -target=hello
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ declarative -C sub plan -target=helo
!
! Error: No execution matches helo
!
! hint: Did you mean "hello"?
= 1
$ declarative -C sub apply -auto-approve -replace=hello --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because it was asked for with --replace)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
| Sending 1 start (state serial <n>)
| hello: started again [id=<execution 2>]
| hello: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative -C sub show tfplan
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 0
