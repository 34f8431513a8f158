# An engine may give a secret back; whoever prints it, it is masked.

+++ declarative.yaml
version: 1
name: shop
variables: {token: {type: string, sensitive: true, default: hunter22-hunter22}}
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: '${var.token}'}}
outputs: {said: 'it said ${executions.hello.result.said}'}
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
|       + input.say = (sensitive value)
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
|
| Changes to Outputs:
|   + said = (known after apply)
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
|
| Outputs:
|
| said = "it said (sensitive value)"
!
! Warning: The engine keeps inputs in clear, sensitive values too
!
!  with hello,
!  on declarative.yaml line 5:
!  5:  hello: {workflow: workflows/quick.yaml, input: {say: '${var.token}'}}
!  ^^^^^^^^^^^^
!
! Whoever may read executions there can read them.
= 0
$ declarative output
| said = "it said (sensitive value)"
= 0
$ declarative output said
| it said (sensitive value)
= 0
$ declarative output said --json
| {"said":{"sensitive":false,"known":true,"value":"it said (sensitive value)"}}
= 0
