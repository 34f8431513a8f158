# Each environment has its own state; which one is meant must be said.

+++ declarative.yaml
version: 1
name: shop
environments:
  dev: {variables: {word: hello}}
  prod: {variables: {word: greetings}}
variables: {word: {type: string}}
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: '${var.word} from ${environment}'}}
+++

$ declarative plan
!
! Error: Which environment is meant?
!
!  on declarative.yaml line 4:
!  4:  dev: {variables: {word: hello}}
!  ^^^
!
! hint: Choose with --env or DECLARATIVE_ENV: dev, prod.
= 1
$ declarative plan --env test
!
! Error: There is no environment "test"
!
! hint: There are: dev, prod.
= 1
$ declarative --env dev apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hello from dev"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative plan --env dev --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 finished.
= 0
$ export DECLARATIVE_ENV=prod
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "greetings from prod"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
= 2
$ declarative status --env dev
| ADDRESS  STATUS  STARTED  TOOK  EXECUTION
| hello  FINISHED  <ago>  <time>  <execution 1>
|
| Executions: 1 FINISHED.
= 0
