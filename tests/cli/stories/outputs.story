# Outputs are told when they are known; one that is wrong is an error, never null.

+++ declarative.yaml
version: 1
name: shop
variables: {token: {type: string, sensitive: true, default: hunter22}}
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hi}}
outputs:
  said: '${executions.hello.result.said}'
  status: '${executions.hello.status}'
  token: '${var.token}'
+++

$ declarative output said
!
! Error: The output said is not known yet
!
! hint: It waits for hello; `declarative status` shows where that stands.
= 1
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
|       + input.say = "hi"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
|
| Changes to Outputs:
|   + said  = (known after apply)
|   + status = (known after apply)
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
|
| Outputs:
|
| said  = "hi"
| status = "FINISHED"
| token  = (sensitive value)
= 0
$ declarative output
| said  = "hi"
| status = "FINISHED"
| token  = (sensitive value)
= 0
$ declarative output -raw said
| hi
= 0
$ declarative output --raw
!
! Error: --raw takes the name of one output
!
! hint: `declarative output --help` shows what it takes.
= 1
$ edit declarative.yaml "result.said" "result.sad"
$ declarative output
| said  = (not available: There is no key "sad")
| status = "FINISHED"
| token  = (sensitive value)
!
! Error: There is no key "sad"
!
!  on declarative.yaml line 7:
!  7:  said: '${executions.hello.result.sad}'
!  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
!
! In ${executions.hello.result.sad}, which reads hello.
!
! hint: Did you mean "said"?
= 1
$ declarative output status
| FINISHED
= 0
$ declarative apply --auto-approve
| No changes. The executions match the configuration.
| Executions: 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
|
| Outputs:
|
| status = "FINISHED"
| token  = (sensitive value)
= 0
