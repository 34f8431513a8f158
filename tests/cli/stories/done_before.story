# The first apply of a new state offers what has been done already.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
  other: {workflow: workflows/quick.yaml, input: {say: other}}
+++

$ engine start workflows/quick.yaml '{"say": "hello"}'
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
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "other"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 2 to start now.
!
! Warning: An execution equal to hello has FINISHED already: <execution 1>
!
!  with hello,
!  on declarative.yaml line 4:
!  4:  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
!  ^^^^^
!
! This is the first apply of a new state, which knows nothing of it.
!
! hint: To take it for this one instead of running it again, write adopt:
! <execution 1> in its entry.
!
! Error: There is no terminal to ask for approval on
!
! hint: Say --auto-approve, or apply a plan saved with `plan --out`.
= 1
$ edit declarative.yaml "{say: hello}" "{say: hello}, adopt: {last}"
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|   . change state alone (adopt, retire)
|
| declarative will perform the following actions:
|
|   # hello will be adopted
|   # (because adopt names it)
|   . hello
|         workflow workflows/quick.yaml on embedded <uuid>
|
|   # other will be started
|   # (because it is declared and was never started)
|   + other
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "other"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 to adopt.
| Sending 1 start (state serial <n>)
| hello: adopted
| hello: finished after <time> [id=<execution 1>]
| other: started [id=<execution 2>]
| other: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 adopted, 2 finished.
= 0
$ declarative plan
| No changes. The executions match the configuration.
| Executions: 2 finished.
= 0
